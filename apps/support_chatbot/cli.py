"""The `support-chatbot` command: one verb a file in `commands/`, loaded when it is called; without a verb the dashboard.

A new verb is a line in VERBS and a file of its name with a function of its name (with `group=True`: a `typer.Typer`
named `verbs`).
"""

from functools import partial

from headwater.cli.app import App, app_command
from headwater.cli.verbs import Verb as AnyVerb

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

app = app_command(
    "support-chatbot", App.support, VERBS, "Open the support bot's dashboard in a browser, or do what the verb says."
)
