"""The `sentiment-monitor` command: one verb a file in `commands/`, loaded when it is called; without a verb the dashboard.

A new verb is a line in VERBS and a file of its name with a function of its name (with `group=True`: a `typer.Typer`
named `verbs`).
"""

from functools import partial

from headwater.cli.app import App, app_command
from headwater.cli.verbs import Verb as AnyVerb

__all__ = ["VERBS", "app"]

Verb = partial(AnyVerb, package="sentiment_monitor.commands")
VERBS = (
    Verb("watch", "Look at the feeds when they are due, read what comes, raise alerts; until Ctrl-C."),
    Verb("ingest", "Take in a file of news, a feed's URL, or standard input, once."),
    Verb("feeds", "The feeds that are watched: list, add, pause, resume.", group=True),
    Verb("expire", "Forget the texts that are older than their days; counts stay."),
    Verb("serve", "Take news over HTTP: POST /v1/events, beside the endpoints of the model."),
    Verb("replay", "Run the past through the rules: alerts, delays, false alarms; thresholds for a budget."),
    Verb("alerts", "Alerts: list, acknowledge, false, mute, unmute, rules.", group=True),
    Verb("sample", "Read the feed that ships by the live path, and say what the alerts found in it."),
    Verb("deliver", "Deliver the alerts that wait to their channels."),
)

app = app_command(
    "sentiment-monitor", App.monitor, VERBS, "Open the monitor's dashboard in a browser, or do what the verb says."
)
