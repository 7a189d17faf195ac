"""A bot opened for a verb: a folder, perhaps with another bundle, and what it lacks on stderr."""

from pathlib import Path
from typing import Any

from headwater.cli.output import notes
from headwater.errors import InputError

__all__ = ["opened"]


def opened(folder: Path | None, bundle: str | None = None) -> Any:
    """The bot of a folder; `bundle` names other intents than the shipped. Raises InputError, BundleError."""
    from headwater.cli.bundles import bundle_folder
    from headwater.serving import Classifier, load
    from support_chatbot.bot import open_bot

    with notes.status("opening the bot"):
        classifier = load(bundle_folder(bundle)) if bundle else None
        if classifier is not None and not isinstance(classifier, Classifier):
            raise InputError(f"{bundle}: expected a bundle with a head of intents")
        bot = open_bot(folder, classifier=classifier)
    for lack in bot.lacks:
        notes.print(f"warning: the bot has no {lack}", style="yellow", markup=False, soft_wrap=True)
    return bot
