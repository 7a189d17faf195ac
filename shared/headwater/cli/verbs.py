"""Verbs that are imported when they are called, and errors that become a message and an exit code.

`headwater --help` must not wait for onnxruntime or torch, and a serving-only install must say what a training verb
needs instead of showing a traceback: both follow from loading a verb late, in one place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from rich.text import Text
from typer.core import TyperCommand, TyperGroup

from headwater.cli.output import notes
from headwater.errors import HeadwaterError

__all__ = ["Verb", "extra_for", "group"]

# What an extra brings, by the name that is imported.
EXTRAS = {
    "train": (
        "accelerate", "cleanlab", "datasets", "huggingface_hub", "matplotlib", "onnxscript", "optimum", "optuna", "peft", "pydantic",
        "safetensors", "scipy", "seqeval", "sklearn", "tensorboard", "torch", "transformers",
    ),
    "tracking": ("alembic", "mlflow", "wandb"),
    "scale": ("fsspec", "ray"),
    "alerts": ("apprise",),
    "cpu": ("onnxruntime",),
    "fulltext": ("trafilatura",),
    "grpc": ("grpc",),
    "spacy": ("spacy",),
}  # fmt: skip


@dataclass(frozen=True)
class Verb:
    """A verb and its line in the help. It lives in <package>.<name>, as a function of that name.

    A verb with `group` has verbs of its own: its module holds a `typer.Typer` named `verbs`.
    """

    name: str
    summary: str
    group: bool = False
    package: str = "headwater.cli"

    def load(self) -> Any:
        """Import the verb and return its command."""
        module = import_module(f"{self.package}.{self.name}")
        if self.group:
            return typer.main.get_command(module.verbs)
        single = typer.Typer(add_completion=False, rich_markup_mode="rich")
        single.command(self.name)(getattr(module, self.name))
        return typer.main.get_command(single)


def extra_for(fault: ModuleNotFoundError) -> str | None:
    """The extra of this distribution that brings the module which was not found; None where none does."""
    missing = (fault.name or "").partition(".")[0]
    return next((extra for extra, modules in EXTRAS.items() if missing in modules), None)


def group(verbs: Sequence[Verb]) -> type[TyperGroup]:
    """A command group that shows `verbs` at once and imports each when it is called."""
    table = {verb.name: verb for verb in verbs}

    class LateGroup(TyperGroup):
        """Stubs for the help; the command itself when one is chosen."""

        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self.commands = {verb.name: TyperCommand(verb.name, help=verb.summary) for verb in verbs}

        def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
            name, stub, rest = super().resolve_command(ctx, args)
            return name, table[name].load() if name else stub, rest

        def invoke(self, ctx: Any) -> Any:
            try:
                return super().invoke(ctx)
            except HeadwaterError as fault:
                _say(str(fault))
            except ModuleNotFoundError as fault:
                extra = extra_for(fault)
                if extra is None:
                    raise
                _say(f"this needs headwater[{extra}] (no module {fault.name!r} here): pip install 'headwater[{extra}]'")
            raise typer.Exit(1)

    return LateGroup


def _say(message: str) -> None:
    # As Text: a message may hold square brackets, which are not markup.
    notes.print(Text.assemble(("error: ", "bold red"), message), soft_wrap=True)
