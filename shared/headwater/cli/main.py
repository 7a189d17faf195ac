"""The `headwater` command: one verb a file, loaded when it is called.

Results go to stdout (as JSON with --json), progress and errors to stderr. Exit codes: 0 done, 1 an error that the
message explains, 2 a command that cannot be read.
"""

import warnings
from typing import Annotated, Any

import typer

from headwater.cli.verbs import Verb, group

__all__ = ["VERBS", "app"]

VERBS = (
    Verb("doctor", "Look for what is wrong with labelled data."),
    Verb("train", "Fine-tune an encoder as a recipe says, and export it."),
    Verb("teach", "Teach a tagger what people corrected: new types, with the old ones protected."),
    Verb("search", "Search over the keys of a recipe for the best values."),
    Verb("evaluate", "Measure a bundle on labelled rows, with intervals."),
    Verb("export", "Turn a fine-tuned checkpoint into a proved bundle."),
    Verb("recalibrate", "Fit a bundle's probabilities again on its recipe's rows, without training."),
    Verb("score", "Score a file or a feed with a bundle."),
    Verb("serve", "Serve bundles over HTTP, to apps and to any client of the Open Inference Protocol."),
    Verb("app", "Open the dashboards in a browser."),
    Verb("demo", "Score the sample feed, show it and the surge in it, and open the dashboards."),
    Verb("bench", "Measure the serving engines side by side on this machine."),
    Verb(
        "models",
        "Bundles: list, show, verify; versions to face old cases, promote, roll back; a Triton repository.",
        group=True,
    ),
    Verb("encoders", "Encoders to start from: list, fetch.", group=True),
    Verb("store", "Data at rest: corrections, what is to be sent, what expires or is erased.", group=True),
)

app = typer.Typer(
    name="headwater",
    cls=group(VERBS),
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,  # a fault of ours is reported as Python prints it
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Fine-tune small encoders, prove the export, and serve it.",
)


def _version(asked: bool) -> None:
    if asked:
        from headwater import __version__

        typer.echo(f"headwater {__version__}")
        raise typer.Exit


def _said(message: Warning | str, category: type[Warning], *place: Any, **rest: Any) -> None:
    """A warning as one line on stderr, without the line of code that raised it."""
    from headwater.cli.output import notes

    notes.print(f"warning: {message}", style="yellow", markup=False, highlight=False, soft_wrap=True)


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Fine-tune small encoders, prove the export, and serve it."""
    warnings.showwarning = _said
