"""The `entity-extractor` command: one verb a file in `commands/`, loaded when it is called; without a verb the dashboard."""

from functools import partial

from headwater.cli.app import App, app_command
from headwater.cli.verbs import Verb as AnyVerb

__all__ = ["VERBS", "app"]

Verb = partial(AnyVerb, package="entity_extractor.commands")
VERBS = (
    Verb("run", "Names, values, entities and relations of files, folders and addresses, into one file."),
    Verb("convert", "Annotated texts from one format into another."),
    Verb("redact", "Names and personal data out of documents, the same under one key."),
    Verb("restore", "Put back what was redacted, by the key."),
    Verb("serve", "Take documents over HTTP: POST /v1/documents, beside the endpoints of the model."),
    Verb("queue", "The sentences of texts, those first from whose correction the model learns most."),
    Verb("suggest", "More of a new type, from 5 to 20 marked examples, at once."),
    Verb("report", "Scores of what was found against what is there; two models side by side."),
)

app = app_command(
    "entity-extractor", App.extractor, VERBS, "Open the extractor's dashboard in a browser, or do what the verb says."
)
