"""The bot, opened: the team's folder, its policy, the models, the help centre's index and the thresholds together."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from headwater.errors import InputError, StoreError
from headwater.home import home
from headwater.personal import mask
from headwater.serving import Classifier, Embedder, load
from headwater.versions.shelf import resolve
from support_chatbot.content import Folder, open_folder
from support_chatbot.content.finding import Fault
from support_chatbot.content.templates import literal
from support_chatbot.dialogue import Policy, read_policy, step
from support_chatbot.dialogue.answering import block
from support_chatbot.dialogue.policy import strangers
from support_chatbot.dialogue.template import worded
from support_chatbot.risk.zones import Zones
from support_chatbot.turn import Quote, Reply, State

__all__ = ["RISK", "Bot", "open_bot", "with_risk", "zones_at"]

LOG = logging.getLogger("headwater.support")
# Where nobody turned the dial: at most 2 % of the answers are wrong. With 5 % nothing can be proved of asking back.
RISK = 0.02
ASK, FIND = 0.6, 0.6  # used until `support-chatbot calibrate` has measured better ones

# Said to a bot that has just been opened, so that no customer waits the second in which libraries load their tables.
WARMING = (
    "On 3 May I sent £20 to Anna Baker at 12-34-56 12345678, and where is it now?",
    "Ich habe ein Problem mit meiner Karte.",
)


@dataclass(frozen=True)
class Bot:
    """Everything that a reply needs. `lacks` says what is missing and what then happens.

    Another dial is `replace(bot, zones=...)`. One Bot serves any number of conversations and threads.
    """

    folder: Folder
    policy: Policy
    classifier: Classifier
    zones: Zones
    embedder: Embedder | None = None
    index: Any = None  # a retrieval.Index; that room is only opened where there is something to search
    lacks: tuple[Fault, ...] = ()

    def reply(self, state: State, text: str, *, picked: str | None = None, now: datetime | None = None) -> Reply:
        """The reply to a customer's message and the next state. `now` without a zone is the bank's own time."""
        from support_chatbot.understanding import understand

        zone = ZoneInfo(self.policy.time_zone)
        here = datetime.now(zone) if now is None else now.astimezone(zone) if now.tzinfo else now.replace(tzinfo=zone)
        message = understand(text, self.classifier, today=here.date(), picked=picked)
        return self._phrased(step(state, message, self.policy, self.folder, self.zones, self.find, now=here))

    def _phrased(self, reply: Reply) -> Reply:
        """The reply, its quotes in the words of the policy's [phrasing] model where those say no more than the quotes do."""
        settings = self.policy.phrasing
        if settings is None or self.embedder is None or not any(part.quotes for part in reply.parts):
            return reply
        from support_chatbot.retrieval.phrasing import phrase

        question, parts = mask(reply.message.text), []
        for part in reply.parts:
            found = phrase(question, part.quotes, settings, self.embedder)
            if found.reason:
                LOG.warning("quotes were given as they are: %s", found.reason)
            words = part.text.replace(block(part.quotes), literal(found.text)) if found.by_model else part.text
            parts.append(replace(part, text=words))
        return replace(reply, parts=tuple(parts))

    @property
    def greeting(self) -> str:
        """What it says before anything was said."""
        return worded(self.policy.small_talk.greeting, self.policy.known, {})

    def find(self, question: str) -> Sequence[Quote]:
        """What the help centre says to a question; nothing where there is no index."""
        if self.index is None:
            return ()
        from support_chatbot.retrieval import quotes_for

        return quotes_for(question, self.index.search(question), self.embedder)


def open_bot(
    path: Path | None = None,
    *,
    classifier: Classifier | None = None,
    embedder: Embedder | None = None,
    sources: Sequence[Path] = (),
    risk: float = RISK,
) -> Bot:
    """Open the folder at `path` (else HEADWATER_SUPPORT, else Northmere Bank's) with the shipped models or the given.

    `sources` are files and folders searched beside the folder's own help/. What is wrong with the policy, and an intent
    in it that the classifier does not know, raises InputError; what is only missing is told in `lacks`.
    """
    folder = open_folder(path)
    policy, classifier = read_policy(folder.policy_file), classifier or _model("support-intent")
    head = classifier.head
    if unknown := strangers(policy, head.labels):
        raise InputError(f"{folder.policy_file}: " + "; ".join(unknown))
    bot = Bot(folder, policy, classifier, Zones(1, 1, FIND, head.out_of_scope))
    if unanswered := set(head.labels) - set(folder.answers) - {head.out_of_scope}:
        bot = _lacking(bot, Fault.of("lack_answers", number=len(unanswered)))
    bot = with_risk(_with_help(bot, embedder, sources), risk)
    for text in WARMING:
        bot.reply(State(), text)
    return bot


def with_risk(bot: Bot, risk: float) -> Bot:
    """The bot with the thresholds that keep the risk, or, where nothing was measured for this model, the bundle's own."""
    zones, lack = zones_at(bot.folder, bot.classifier, risk)
    return replace(_lacking(bot, lack) if lack else bot, zones=zones)


def zones_at(folder: Folder, classifier: Classifier, risk: float = RISK) -> tuple[Zones, Fault | None]:
    """The thresholds of a folder's bot, and what they lack: None where they keep the risk."""
    model, head = classifier.model, classifier.head
    try:
        from support_chatbot.risk.curve import check_bundle, read_risk
        from support_chatbot.risk.thresholds import NEVER, zones_for

        curve = read_risk(folder.risk_file)
        check_bundle(curve, classifier.bundle.digest, model.variant)
    except (InputError, ImportError) as fault:
        zones = Zones(_held(classifier, risk), ASK, FIND, head.out_of_scope)
        return zones, Fault.of("lack_thresholds", why=str(fault))
    try:
        return zones_for(curve, risk, find=FIND), None
    except InputError as fault:  # the dial must still be to be had, so the bot opens and promises nothing
        lack = Fault.of("lack_promise", risk=f"{100 * risk:g} %", why=str(fault))
        return Zones(NEVER, ASK, FIND, head.out_of_scope), lack


def _held(classifier: Classifier, risk: float) -> float:
    """The bundle's threshold for a risk, else for the next stricter one that it holds, else for its strictest."""
    held = classifier.bundle.calibration(classifier.model.variant, classifier.head.name).thresholds
    if not held:
        raise InputError(f"{classifier.bundle.folder}: holds no thresholds: run `support-chatbot calibrate`")
    strict = [entry for entry in held if entry.risk <= risk + 1e-9]
    return (max(strict, key=lambda entry: entry.risk) if strict else min(held, key=lambda entry: entry.risk)).threshold


def _with_help(bot: Bot, embedder: Embedder | None, sources: Sequence[Path]) -> Bot:
    """The index of the help centre, brought up to date: only what changed is read again."""
    own = bot.folder.path / "help"
    places = [*([own] if own.is_dir() else []), *sources]
    if not places:
        return _lacking(bot, Fault.of("lack_help", folder=str(own)))
    from support_chatbot.retrieval import open_index

    embedder = embedder or _model("sentences")
    index = open_index(_index_folder(places), embedder)
    try:
        index.update(places)
    except StoreError as fault:  # another process is at it: search what is there
        bot = _lacking(bot, Fault.of("lack_newest", why=str(fault)))
    if unread := index.rejected():
        first = unread[0]
        bot = _lacking(bot, Fault.of("lack_files", number=len(unread), file=first.file, why=first.reason))
    return replace(bot, embedder=embedder, index=index)


def _index_folder(places: Sequence[Path]) -> Path:
    """An index of its own for what is searched: opening another folder, for a test, must not empty a running bot's."""
    named = "\n".join(sorted(str(place.resolve()) for place in places))
    return home() / "support" / "index" / hashlib.sha256(named.encode()).hexdigest()[:12]


def _model(name: str) -> Classifier | Embedder:
    return load(resolve(name))


def _lacking(bot: Bot, what: Fault) -> Bot:
    return replace(bot, lacks=(*bot.lacks, what))
