"""The report of a version on the old cases, kept beside it; one that is out of date is made again."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from headwater.bundle import Bundle, open_bundle
from headwater.errors import BundleError
from headwater.facing.cases import gather
from headwater.facing.face import MARGIN, Report, face
from headwater.home import home
from headwater.store import Store, open_store, store_url
from headwater.versions.aliases import SHIPPED, read_aliases, write_whole
from headwater.versions.shelf import Version, live, model_folder, versions

__all__ = ["existing_store", "face_cases", "kept_report"]


def face_cases(
    version: Version,
    store: Store | None,
    given: list[str],
    margin: float = MARGIN,
    regressions: int = 0,
    again: bool = True,
) -> dict[str, Any]:
    """Let a version face the old cases and keep the report; unless `again`, one that still holds is given back.

    It holds while the live version, the version, every case and the rule are those it was made with.
    """
    there = live(version.name)
    standing = None if there is None else open_bundle(there.folder)
    candidate = open_bundle(version.folder)
    gathered = gather([candidate] if standing is None else [standing, candidate], store, given, _before(version.name))
    kept = kept_report(version)
    asked = {
        "live": standing.digest if standing else None, "candidate": candidate.digest, "cases": gathered.digest,
        "margin": margin, "regressions": regressions,
    }  # fmt: skip
    if not again and kept is not None and all(kept.get(key) == value for key, value in asked.items()):
        return kept
    report: Report = face(standing, candidate, gathered, margin, regressions)
    write_whole(_file(version), report.record())
    return report.record(texts=True)


def _before(name: str) -> list[Bundle]:
    """Every version that was live before and can be opened, what ships too."""
    found = []
    for one in versions(name):
        if one.version == SHIPPED or one.version in read_aliases(model_folder(name)).passed():
            with suppress(BundleError):
                found.append(open_bundle(one.folder))
    return found


def kept_report(version: Version) -> dict[str, Any] | None:
    """The report that is kept of a version; None where it has faced nothing, or the file cannot be read."""
    try:
        content = json.loads(_file(version).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def existing_store(url: str | None) -> Store | None:
    """The store with the corrections; None where none was named and there is none yet. Raises StoreError."""
    if url is None and store_url() == (default := str(home() / "store.sqlite")) and not Path(default).is_file():
        return None
    return open_store(url, create=False)


def _file(version: Version) -> Path:
    return model_folder(version.name) / "faced" / f"{version.version}.json"
