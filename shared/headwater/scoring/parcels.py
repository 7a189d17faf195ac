"""A bundle on its way to another machine: its files as bytes, unpacked there into a cache by its digest."""

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from headwater.bundle import MANIFEST, Bundle, open_bundle
from headwater.errors import BundleError

__all__ = ["Parcel", "pack", "unpack"]


@dataclass(frozen=True)
class Parcel:
    """A bundle's files by name; `digest` is the bundle's, which covers them all."""

    name: str
    digest: str
    files: dict[str, bytes]


def pack(bundle: Bundle) -> Parcel:
    """Read an opened bundle's files into memory: some 25 MB for an encoder of 22 million weights."""
    names = [MANIFEST, *bundle.manifest.files]
    return Parcel(bundle.manifest.name, bundle.digest, {name: (bundle.folder / name).read_bytes() for name in names})


def unpack(name: str, digest: str, files: Callable[[], dict[str, bytes]], cache: Path) -> Path:
    """The folder of the bundle with this digest; `files` is only called where `cache` does not hold it whole.

    It appears in one step, so that several processes of a machine may unpack at once. Raises BundleError where what
    came is not the bundle of that digest.
    """
    folder = cache / "bundles" / digest / name
    if _whole(folder, digest):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        fresh = Path(made) / name
        fresh.mkdir()
        for file, content in files().items():
            if Path(file).name != file:
                raise BundleError(f"{name}: {file!r} points out of the folder, which a bundle may not")
            (fresh / file).write_bytes(content)
        if (found := open_bundle(fresh).digest) != digest:
            raise BundleError(f"{name}: expected the bundle {digest[:16]}, {found[:16]} came: start the run again")
        _place(fresh, folder, digest)
    return folder


def _whole(folder: Path, digest: str) -> bool:
    try:
        return folder.is_dir() and open_bundle(folder).digest == digest
    except BundleError:
        return False


def _place(fresh: Path, folder: Path, digest: str) -> None:
    if folder.exists() and not _whole(folder, digest):
        shutil.rmtree(folder, ignore_errors=True)  # damaged since it was unpacked
    try:
        os.replace(fresh, folder)
    except OSError:
        if not _whole(folder, digest):  # otherwise another process was faster, with the same bytes
            raise
