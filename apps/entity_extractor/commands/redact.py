"""`entity-extractor redact` and `restore`: names and personal data out of documents, and back by the key."""

import json as json_module
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from entity_extractor.commands.options import ModelName, SetUp, opened
from headwater.cli.options import Json
from headwater.cli.output import notes, print_json
from headwater.errors import DataError, InputError
from headwater.locks import alone

__all__ = ["redact", "restore"]

KeyFile = Annotated[
    Path, typer.Option("--key", help="The key file: made if it is not there, and what `restore` needs.")
]
Passphrase = Annotated[
    str | None,
    typer.Option(envvar="HEADWATER_KEY_PASSPHRASE", help="Encrypts the key file; better by the variable than here."),
]
Sources = Annotated[
    list[str], typer.Argument(metavar="FILE...", help="Files, folders and addresses, as `run` takes them.")
]


def redact(
    sources: Sources,
    key: KeyFile,
    output: Annotated[Path, typer.Option("--output", "-o", help="A .jsonl of ids and redacted texts.")],
    types: Annotated[
        str | None,
        typer.Option(help="Which types go, by commas; left out, PER,ORG,LOC and those of your lists and patterns."),
    ] = None,
    style: Annotated[
        str | None,
        typer.Option(help="Of a new key: placeholder ([PER 1]; left out, this one), letter (Person A) or realistic."),
    ] = None,
    personal: Annotated[
        bool,
        typer.Option(
            "--personal/--names-only", help="E-mail, phone, card, account numbers, addresses and the like too."
        ),
    ] = True,
    region: Annotated[str, typer.Option(help="The country of national telephone numbers, in two letters.")] = "US",
    passphrase: Passphrase = None,
    setup: SetUp = None,
    model: ModelName = "entities",
    column: Annotated[str | None, typer.Option(help="The text column of tables.")] = None,
    id_column: Annotated[str | None, typer.Option(help="The column of ids.")] = None,
    json: Json = False,
) -> None:
    """Replace names and personal data, the same in every document under one key.

    The key grows with every run and is written before the texts are. No redaction finds everything: read before you pass on.
    """
    from entity_extractor.documents import Refused
    from entity_extractor.formats.whole_file import writing
    from entity_extractor.redaction import save_key

    refused: list[Refused] = []
    with _alone(key):
        held = _held(key, passphrase, style)
        extractor = opened(setup, model, None, False, None)
        lines = list(_redacted(extractor, sources, held, types, personal, region, refused, column, id_column))
        for one in refused:
            notes.print(f"{one.name}: {one.why}", style="yellow", markup=False, soft_wrap=True)
        if not lines:
            raise InputError("no document could be read: nothing was written")
        save_key(held, key, passphrase)
    with writing(output) as stream:
        stream.writelines(json_module.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)
    content = {"documents": len(lines), "refused": len(refused), "replaced": sum(line["replaced"] for line in lines)}
    if json:
        print_json(content | {"output": str(output), "key": str(key)})
    else:
        notes.print(", ".join(f"{number:,} {name}" for name, number in content.items()), markup=False, highlight=False)


@contextmanager
def _alone(key: Path) -> Iterator[None]:
    """The key for this run alone, from reading to writing: two at once would give one number to two people."""
    with ExitStack() as held:
        try:
            held.enter_context(alone(key.with_name(f".{key.name}.lock"), wait=False))
        except BlockingIOError as fault:
            raise InputError(f"{key}: another run writes this key: wait for its end, or give another --key") from fault
        except OSError as fault:
            raise InputError(f"{key}: cannot be written ({fault.strerror}): name another file") from fault
        yield


def _held(file: Path, passphrase: str | None, style: str | None) -> Any:
    """The key to go on with; a style that is asked for is told where the key has another."""
    from entity_extractor.redaction import new_key, open_key

    if not file.exists():
        return new_key(style or "placeholder")
    held = open_key(file, passphrase)
    if style not in (None, held.style):
        said = f"--style {style}: {file} was begun with {held.style}, which goes on; another style needs a new key"
        notes.print(said, style="yellow", markup=False, soft_wrap=True)
    return held


def _redacted(
    extractor: Any, sources: list[str], key: Any, types: str | None, personal: bool, region: str, refused: list[Any],
    column: str | None, id_column: str | None,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    from entity_extractor.documents import Refused, read_sources
    from entity_extractor.redaction import KINDS
    from entity_extractor.redaction import redact as redact_one

    usual = list(dict.fromkeys((*KINDS, *extractor.finder.own_types)))
    kinds = usual if types is None else [kind.strip() for kind in types.split(",") if kind.strip()]
    strange = sorted(set(kinds) - set(extractor.finder.types))
    if strange:
        raise InputError(f"--types: expected some of {', '.join(extractor.finder.types)}, got {', '.join(strange)}")
    for item in read_sources(sources, column=column, id_column=id_column):
        if isinstance(item, Refused):
            refused.append(item)
            continue
        found = extractor.extract(item)
        try:
            done = redact_one(found.annotated, key, kinds, personal, region, found.names)
        except DataError as fault:  # of this document alone: the others go on
            refused.append(Refused(item.id, str(fault)))
            continue
        yield {"id": done.id, "text": done.text, "replaced": len(done.replacements), "meta": done.meta}


def restore(
    source: Annotated[Path, typer.Argument(help="A .jsonl that `redact` wrote, or any text file.")],
    key: KeyFile,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
    passphrase: Passphrase = None,
) -> None:
    """Put back what was replaced, also where the text around it was edited; of a .jsonl, in every field."""
    from entity_extractor.formats.json_rows import json_lines
    from entity_extractor.formats.whole_file import reading, writing
    from entity_extractor.redaction import open_key
    from entity_extractor.redaction import restore as restore_one

    held = open_key(key, passphrase)
    if source.suffix.lower() == ".jsonl":
        texts = [
            json_module.dumps(_restored(row, lambda text: restore_one(text, held)), ensure_ascii=False) + "\n"
            for _, row in json_lines(source)
        ]
    else:
        with reading(source) as stream:
            texts = [restore_one(stream.read(), held)]
    with writing(output) as target:
        target.writelines(text.encode() for text in texts)
    notes.print(
        f"{output}: {len(texts):,} {'documents' if source.suffix.lower() == '.jsonl' else 'text'}",
        markup=False,
        highlight=False,
    )


def _restored(value: Any, restore_one: Callable[[str], str]) -> Any:
    """A JSON value with its strings restored, however deep they lie; names of fields are what they were."""
    if isinstance(value, str):
        return restore_one(value)
    if isinstance(value, dict):
        return {name: _restored(one, restore_one) for name, one in value.items()}
    return [_restored(one, restore_one) for one in value] if isinstance(value, list) else value
