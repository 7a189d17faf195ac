"""Files, folders and addresses of the web -> Documents, one after the other; what cannot be read never ends the run."""

from collections.abc import Iterator
from pathlib import Path

from entity_extractor.documents.given import Given, Refused
from entity_extractor.documents.limits import Limits
from entity_extractor.documents.reading import read_given
from entity_extractor.mentions import Document
from headwater.errors import DataError, InputError
from headwater.scoring.web import visit

__all__ = ["read_source"]


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
    if str(source).lower().startswith(("http://", "https://")):
        found: Iterator[Given | Refused] = _fetched(str(source), limits, private)
    else:
        found = _files(Path(source))
    for item in found:
        if isinstance(item, Refused):
            yield item
        else:
            yield from read_given(item, column=column, id_column=id_column, limits=limits)


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
