"""Files, folders and addresses of the web -> Documents, one after the other; what cannot be read never ends the run."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from entity_extractor.documents.given import Given, Refused
from entity_extractor.documents.limits import Limits
from entity_extractor.documents.reading import read_given
from entity_extractor.mentions import Document
from headwater.errors import DataError, InputError
from headwater.scoring.web import visit

__all__ = ["read_source", "read_sources"]


def read_sources(
    sources: Iterable[str | Path], *, column: str | None = None, id_column: str | None = None, private: bool = False
) -> Iterator[Document | Refused]:
    """What `read_source` gives of each, one after the other.

    A name that came before, of a file in another folder, becomes its path as it was given, so that ids tell them apart.
    """
    names: set[str] = set()
    for source in sources:
        for item in _given(source, Limits(), private):
            if item.name in names and not _is_url(source):
                item = replace(item, name=_path(source, item.name))
            names.add(item.name)
            yield from _read(item, column, id_column, Limits())


def read_source(
    source: str | Path,
    *,
    column: str | None = None,
    id_column: str | None = None,
    limits: Limits | None = None,
    private: bool = False,
) -> Iterator[Document | Refused]:
    """Read a file, a folder with all below it (sorted, hidden files left out), or an http(s) address.

    Ids are the file's name, the path below the folder, or the address. `column` and `id_column` are those of tables;
    `private` allows addresses of the own network. What cannot be read is a Refused in its place.
    """
    limits = limits or Limits()
    for item in _given(source, limits, private):
        yield from _read(item, column, id_column, limits)


def _read(
    item: Given | Refused, column: str | None, id_column: str | None, limits: Limits
) -> Iterator[Document | Refused]:
    if isinstance(item, Refused):
        yield item
    else:
        yield from read_given(item, column=column, id_column=id_column, limits=limits)


def _given(source: str | Path, limits: Limits, private: bool) -> Iterator[Given | Refused]:
    return _fetched(str(source), limits, private) if _is_url(source) else _files(Path(source))


def _is_url(source: str | Path) -> bool:
    return str(source).lower().startswith(("http://", "https://"))


def _path(source: str | Path, name: str) -> str:
    """A file's path, as its source was given."""
    return (Path(source) / name if Path(source).is_dir() else Path(source)).as_posix()


def _files(source: Path) -> Iterator[Given | Refused]:
    if source.is_file():
        yield Given(source.name, source)
    elif source.is_dir():
        yield from _folder(source, source)
    else:
        yield Refused(str(source), "expected a file, a folder or an http(s) address, found none of them")


def _folder(top: Path, folder: Path) -> Iterator[Given | Refused]:
    """Everything below, by name. Folders that are links are left out, since they may lead round in circles."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as fault:
        yield Refused(folder.relative_to(top).as_posix(), f"expected a folder that can be read, got: {fault.strerror}")
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            if not entry.is_symlink():
                yield from _folder(top, entry)
        elif entry.is_file():
            yield Given(entry.relative_to(top).as_posix(), entry)
        else:
            yield Refused(entry.relative_to(top).as_posix(), "expected a file, got a pipe, a device or a broken link")


def _fetched(url: str, limits: Limits, private: bool) -> Iterator[Given | Refused]:
    try:
        page = visit(url, {"Accept": "*/*"}, max_bytes=limits.size, private=private)
    except (DataError, InputError) as fault:
        yield Refused(url, str(fault).removeprefix(f"{url} ").removeprefix(f"{url}: "))
        return
    if not 200 <= page.status < 300:
        yield Refused(url, f"could not be fetched: expected status 200, got {page.status}")
        return
    told = page.headers.get("content-type", "")
    # A server that knows no type says octet-stream, and leaves it to the name in the address.
    yield Given(url, page.body, "" if "octet-stream" in told else told)
