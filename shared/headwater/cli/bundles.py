"""A bundle as a command line names it: a folder, a model's folder, or the name of a model on this machine."""

from pathlib import Path

from headwater.bundle import MANIFEST
from headwater.errors import BundleError
from headwater.ui.shelf import places
from headwater.versions.shelf import resolve, versioned

__all__ = ["bundle_folder"]


def bundle_folder(given: str) -> Path:
    """The folder of the bundle that is meant; a folder goes before a name. Raises BundleError naming what there is.

    "models/entities/bundle", "models/entities" and "entities" mean the same in a checkout, until another version is live:
    the name is then that one's. "entities@candidate", "@previous", "@shipped" or "@" and a digest's beginning name others.
    """
    for folder in (Path(given), Path(given) / "bundle"):
        if (folder / MANIFEST).is_file():
            return folder
    if "@" in given:
        return resolve(given)
    known = places()
    for place in known:
        if place.name == given and place.fault:
            raise BundleError(place.fault)
        if place.name == given and place.folder.is_dir():
            return place.folder
        if place.name == given:
            raise BundleError(f"{place.folder} is not there: run `headwater train models/{given}/recipe.toml`")
    if Path(given).is_dir():
        return Path(given)  # opening it says what is missing
    if given in versioned():
        return resolve(given)  # which says that none of them is live
    names = ", ".join(dict.fromkeys(place.name for place in known)) or "none"
    raise BundleError(f"expected the folder of a bundle or one of the models {names}; got {given!r}")
