"""The `support-chatbot` command: one verb a file in `commands/`, loaded when it is called; without a verb the dashboard.

A new verb is a line in VERBS and a file of its name with a function of its name (with `group=True`: a `typer.Typer`
named `verbs`).
"""

from functools import partial
from typing import Annotated

import typer

from headwater.cli.app import FIRST_PORT, App, Host, Port
from headwater.cli.app import app as dashboard
from headwater.cli.verbs import Verb as AnyVerb
from headwater.cli.verbs import group

__all__ = ["VERBS", "app"]

Verb = partial(AnyVerb, package="support_chatbot.commands")
VERBS = (
    Verb("doctor", "Look the bot's folder over: answers, help articles, links, slots."),
    Verb("calibrate", "Measure the model on held-out questions: what the dial can promise."),
    Verb("learn", "Propose examples, answers and new intents from past conversations."),
    Verb("serve", "Serve the bot over HTTP: POST /v1/chat, beside the endpoints of its model."),
    Verb("deliver", "Deliver what was handed over to the webhook."),
    Verb("outcomes", "What became of the conversations of the last days, with intervals."),
    Verb("test", "Hold the conversations of the dialogue tests, and say what they reach."),
    Verb("replay", "Answer logged conversations again, and say what changed."),
    Verb("conversations", "Look at conversations: list, transcript.", group=True),
)

app = typer.Typer(
    name="support-chatbot",
    cls=group(VERBS),
    invoke_without_command=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,  # a fault of ours is reported as Python prints it
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def root(
    context: typer.Context,
    port: Port = FIRST_PORT,
    host: Host = "localhost",
    check: Annotated[bool, typer.Option("--check", help="Start the dashboard, look at its first page, stop.")] = False,
    json: Annotated[bool, typer.Option("--json", help="With --check: print JSON.")] = False,
) -> None:
    """Open the support bot's dashboard in a browser, or do what the verb says."""
    if context.invoked_subcommand is None:
        dashboard(App.support, port, host, check, json)
