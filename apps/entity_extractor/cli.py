"""The `entity-extractor` command: its dashboard; it has no verbs beside."""

from headwater.cli.app import App, app_command
from headwater.cli.verbs import Verb

__all__ = ["VERBS", "app"]

VERBS: tuple[Verb, ...] = ()

app = app_command("entity-extractor", App.extractor, VERBS, "Open the extractor's dashboard in a browser.")
