"""Versions of a model: install one as the candidate, make it live, go back, and find the folder that a name means."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headwater.bundle import MANIFEST, Bundle, open_bundle
from headwater.errors import BundleError, InputError
from headwater.home import models_home, shipped_models
from headwater.versions.aliases import SHIPPED, Aliases, changing, read_aliases, took

__all__ = [
    "SHIPPED",
    "Version",
    "base",
    "install",
    "live",
    "model_folder",
    "named",
    "promote",
    "remove",
    "resolve",
    "rollback",
    "standing",
    "versioned",
    "versions",
]

SHORT = 12  # figures of a digest that name a version
LEAST = 4  # that are enough on a command line
SAFE_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
ALIASES = ("live", "candidate", "previous")


@dataclass(frozen=True)
class Version:
    """A version of a model: `version` is the first figures of its digest, or "shipped"; `aliases` what points at it."""

    name: str
    version: str
    folder: Path
    aliases: tuple[str, ...] = ()


def model_folder(name: str) -> Path:
    """A model's folder in the models home. Raises InputError for a name that would lead elsewhere."""
    if not SAFE_NAME.fullmatch(name):
        raise InputError(f"expected a model's name of letters, digits, '-', '_' and '.', got {name!r}")
    return models_home() / name


def versioned() -> list[str]:
    """The names of the models that have versions here, sorted."""
    root = models_home()
    if not root.is_dir():
        return []
    return sorted(
        path.name for path in root.iterdir() if SAFE_NAME.fullmatch(path.name) and (path / "versions").is_dir()
    )


def base(name: str) -> Path | None:
    """The bundle that stands there without versions: shipped, or in the models home from before; None where neither is."""
    every = (shipped_models() / name, model_folder(name))
    folders = [folder for root in every for folder in (root, root / "bundle")]
    return next((folder for folder in folders if (folder / MANIFEST).is_file()), None)


def install(folder: Path | str) -> Version:
    """Copy a bundle among its model's versions, and make it the candidate. Nothing that is live changes.

    The copy is verified before it gets its name. The same bundle twice is one version; the one that is live stays
    what it is. Raises BundleError for a bundle that is not whole.
    """
    bundle = open_bundle(folder)
    name, version = bundle.manifest.name, bundle.digest[:SHORT]
    target = model_folder(name) / "versions" / version
    if not _whole(target, bundle):
        _copy(bundle, target)
    with changing(model_folder(name)) as found:
        if version != _live(name, found) and bundle.digest != _digest(name, _live(name, found)):
            found.candidate = version
            found.history.append(took("install", version=version, digest=bundle.digest))
        return _version(name, version, found)


def _whole(target: Path, bundle: Bundle) -> bool:
    with suppress(BundleError):
        return target.is_dir() and open_bundle(target).digest == bundle.digest
    return False


def _copy(bundle: Bundle, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        for file in (MANIFEST, *bundle.manifest.files):
            shutil.copyfile(bundle.folder / file, work / file)
            _flush(work / file)
        if open_bundle(work).digest != bundle.digest:
            raise BundleError(f"{bundle.folder}: was written anew while it was being copied: install it again")
        work.chmod(0o755)
        try:
            work.rename(target)
        except OSError:  # another process was first, or a broken copy stands there
            if not _whole(target, bundle):
                target.rename(work.with_name(f"{work.name}.old"))
                work.rename(target)
                shutil.rmtree(work.with_name(f"{work.name}.old"), ignore_errors=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _flush(file: Path) -> None:
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())


def versions(name: str) -> list[Version]:
    """Every version of a model: the one that ships first, then those that were installed, oldest first."""
    found, root = read_aliases(model_folder(name)), model_folder(name) / "versions"
    held = [path for path in root.iterdir() if (path / MANIFEST).is_file()] if root.is_dir() else []
    held = sorted((path for path in held if not path.name.startswith(".")), key=lambda path: path.stat().st_ctime)
    shipped = [SHIPPED] if base(name) is not None else []
    return [_version(name, version, found) for version in (*shipped, *(path.name for path in held))]


def live(name: str) -> Version | None:
    """The version that a plain name means; None where nothing is live. Raises BundleError where that one is not there."""
    found = read_aliases(model_folder(name))
    version = _live(name, found)
    if version is None:
        return None
    there = _version(name, version, found)
    if not there.folder.is_dir():
        raise BundleError(
            f"{there.folder}: expected the live version of {name}, found none: run `headwater models rollback {name}`, "
            "or promote another with --force"
        )
    return there


def resolve(given: str) -> Path:
    """The folder that a name means: "entities" (the live version), "entities@candidate", "@previous", "@shipped" or
    "@" and the beginning of a digest. Raises BundleError or InputError naming what there is.
    """
    return named(given).folder


def named(given: str) -> Version:
    """The version that "name" or "name@which" means; see `resolve`."""
    name, _, which = given.partition("@")
    if which in ("", "live"):
        found = live(name)
        if found is None and not versions(name):
            raise BundleError(f"expected a bundle of the name {name}, found none: see `headwater models list`")
        if found is None:
            raise BundleError(
                f"{name}: no version is live: run `headwater models promote {name}`, or name one: {_there(name)}"
            )
        return found
    every = versions(name)
    if which in (*ALIASES, SHIPPED):
        matching = [one for one in every if which in (*one.aliases, one.version)]
    else:
        matching = [one for one in every if len(which) >= LEAST and one.version.startswith(which[:SHORT])]
    if len(matching) != 1:
        raise BundleError(f"{given}: expected one version of {name}, of {_there(name)}")
    return matching[0]


def promote(name: str, version: str, over: str | None, **facts: Any) -> Version:
    """Make a version live in the place of `over` (None: of nothing), which becomes the previous one.

    The two are named, so that what was compared is what is changed: InputError is raised where another version
    has become live meanwhile, or this one is gone. `facts` stand in the history: what it faced, or why it did not.
    """
    with changing(model_folder(name)) as found:
        now = _live(name, found)
        if now != over:
            raise InputError(f"{name}: expected {over or 'none'} to be live, and {now or 'none'} is: face that one")
        if version == now:
            raise InputError(f"{name}: {version} is live already")
        _check_whole(name, version)
        found.history.append(took("promote", **{"from": now, "to": version}, **facts))
        found.live, found.previous = version, now
        found.candidate = None if found.candidate == version else found.candidate
        return _version(name, version, found)


def rollback(name: str) -> Version:
    """Make the previous version live again; again, and it is the one before that. Raises InputError where there is none.

    What was rolled back is kept as a version; `promote` with its digest brings it back. One that is damaged is passed over;
    BundleError is raised where no other is left.
    """
    with changing(model_folder(name)) as found:
        now, passed = _live(name, found), _passed(name, found)
        if not passed:
            raise InputError(f"{name}: expected a version that was live before {now or 'none'}, there is none")
        back = _last_whole(name, passed)
        found.history.append(took("rollback", **{"from": now, "to": back}))
        found.live = back
        found.previous = next(iter(_passed(name, found)[::-1]), None)
        return _version(name, found.live, found)


def remove(name: str, version: str) -> Path:
    """Delete a version's folder and what it faced. Raises InputError for the live and the previous one, and what ships."""
    with changing(model_folder(name)) as found:
        one = named(f"{name}@{version}")
        if one.version == SHIPPED or {"live", "previous"} & set(one.aliases):
            raise InputError(f"{name}: {one.version} is {', '.join(one.aliases) or SHIPPED}, and stays: name another")
        found.candidate = None if found.candidate == one.version else found.candidate
        found.history.append(took("remove", version=one.version))
        gone = Path(tempfile.mkdtemp(prefix=f".{one.version}-", dir=one.folder.parent))
        one.folder.rename(gone / "gone")  # at once, for who looks meanwhile
    shutil.rmtree(gone, ignore_errors=True)
    (model_folder(name) / "faced" / f"{one.version}.json").unlink(missing_ok=True)
    return one.folder


def standing(name: str) -> str | None:
    """The version that is to be live, whether or not its folder is there."""
    return _live(name, read_aliases(model_folder(name)))


def _last_whole(name: str, passed: list[str]) -> str:
    faults = []
    for version in reversed(passed):
        try:
            _check_whole(name, version)
        except BundleError as fault:
            faults.append(fault)
        else:
            return version
    raise faults[0]


def _live(name: str, found: Aliases) -> str | None:
    return found.live or (SHIPPED if base(name) is not None else None)


def _passed(name: str, found: Aliases) -> list[str]:
    """The versions that were live before, of those that are still there."""
    return [version for version in found.passed() if version != found.live and _folder(name, version).is_dir()]


def _folder(name: str, version: str) -> Path:
    if version == SHIPPED:
        return base(name) or shipped_models() / name / "bundle"
    return model_folder(name) / "versions" / version


def _version(name: str, version: str, found: Aliases) -> Version:
    pointing = {"live": _live(name, found), "candidate": found.candidate, "previous": found.previous}
    return Version(
        name, version, _folder(name, version), tuple(alias for alias in ALIASES if pointing[alias] == version)
    )


def _digest(name: str, version: str | None) -> str | None:
    """The digest of a version without verifying it; None where it cannot be read."""
    with suppress(BundleError):
        return open_bundle(_folder(name, version)).digest if version else None
    return None


def _check_whole(name: str, version: str) -> None:
    folder = _folder(name, version)
    if not folder.is_dir():
        raise InputError(f"{name}: expected a version of {_there(name)}, got {version}")
    found = open_bundle(folder)
    if version != SHIPPED and found.digest[:SHORT] != version:
        raise BundleError(f"{folder}: is another bundle than its name says: remove it, and install that one again")


def _there(name: str) -> str:
    return ", ".join(_told(name)) or "none"


def _told(name: str) -> Iterator[str]:
    for one in versions(name):
        yield f"{one.version} ({', '.join(one.aliases)})" if one.aliases else one.version
