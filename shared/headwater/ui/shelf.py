"""The bundles on this machine, and which of them each app uses.

Bundles stand in the project's `models/<name>/bundle` (or in the folder that `HEADWATER_MODELS` names, or in the installed
distribution headwater-models) and in the models home, `home()/models`; where a model has versions (headwater.versions), its
place is that of the live one. A folder whose bundle is missing or broken stays on the shelf with the sentence that says why:
nothing is hidden. What was chosen for an app is kept in `home()/apps.json`.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from headwater.bundle import Bundle, Head, open_bundle
from headwater.errors import BundleError, HeadwaterError
from headwater.files import write_whole
from headwater.home import home, models_home, shipped_models
from headwater.versions.shelf import base, live, model_folder, versioned

__all__ = [
    "USES",
    "Place",
    "Use",
    "choose",
    "chosen",
    "endpoint",
    "fits",
    "inspect",
    "places",
    "shown_endpoint",
    "stamp",
]

BESIDE = ("versions", "cases", "faced", "aliases.json")  # what the models home keeps beside a bundle


@dataclass(frozen=True)
class Use:
    """What an app asks of a model: the bundle it starts with, the head it prefers, and the kind of head it can read."""

    app: str
    name: str
    head: str
    kind: str

    def pick(self, bundle: Bundle) -> Head:
        """The head by that name, or else the only one of the kind. Raises BundleError where there is neither."""
        heads = [head for head in bundle.manifest.heads if head.kind == self.kind]
        for head in heads:
            if head.name == self.head:
                return head
        if len(heads) == 1:
            return heads[0]
        raise BundleError(
            f"{bundle.manifest.name}: expected a head {self.head!r}, or just one of kind {self.kind}; it has "
            f"{', '.join(f'{head.name} ({head.kind})' for head in bundle.manifest.heads)}: choose another bundle"
        )


USES = {
    "support": Use("support", "support-intent", "intent", "single"),
    "monitor": Use("monitor", "financial-news", "sentiment", "single"),
    "extractor": Use("extractor", "entities", "entities", "token"),
}


@dataclass(frozen=True)
class Place:
    """Where a bundle stands, or should stand. `origin` is shipped or home.

    `version` names the live one of a model that has versions; `fault` says why nobody knows which that is.
    """

    name: str
    folder: Path
    origin: str
    version: str = ""
    fault: str = ""


def endpoint() -> str | None:
    """The server that runs the apps' models in this machine's place: HEADWATER_ENDPOINT."""
    return os.environ.get("HEADWATER_ENDPOINT") or None


def shown_endpoint() -> str:
    """The server as a page may name it: without user, password and path."""
    found = urlsplit(endpoint() or "")
    return f"{found.scheme}://{found.netloc.rpartition('@')[2]}"


def places() -> list[Place]:
    """Every model's place, shipped ones first, then the models home; by name. Of a model with versions, the live one's."""
    found = [*_places(shipped_models(), "shipped"), *_places(models_home(), "home")]
    for name in versioned():
        found = _with_version(name, found)
    seen = {place.name for place in found}
    absent = [use.name for use in USES.values() if use.name not in seen]
    return found + [Place(name, shipped_models() / name / "bundle", "shipped") for name in absent]


def _with_version(name: str, found: list[Place]) -> list[Place]:
    """The places with that of the live version in the place of what stood there before it."""
    try:
        there = live(name)
    except BundleError as fault:
        made = Place(name, model_folder(name) / "versions" / "live", "home", fault=str(fault))
    else:
        if there is None or there.folder == base(name):
            return found
        made = Place(name, there.folder, "home", there.version)
    first = next((place for place in found if place.name == name), None)
    return [*found, made] if first is None else [made if place is first else place for place in found]


def _places(root: Path, origin: str) -> Iterable[Place]:
    if not root.is_dir():
        return
    for folder in sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith(".")):
        inside = folder if (folder / "bundle.json").is_file() else folder / "bundle"
        if not inside.is_dir() and any((folder / part).exists() for part in BESIDE):
            continue  # what is kept of a model that stands elsewhere
        # A recipe alone is no model that is missing, unless an app begins with it.
        if (
            inside.is_dir()
            or not (folder / "recipe.toml").is_file()
            or folder.name in {use.name for use in USES.values()}
        ):
            yield Place(folder.name, inside, origin)


def inspect(place: Place) -> Bundle | str:
    """The opened bundle, every file held against its digest, or the sentence that says what is wrong with it."""
    if place.fault:
        return place.fault
    if not place.folder.is_dir():
        return f"{place.folder} is not there: run `headwater train models/{place.name}/recipe.toml`"
    try:
        return open_bundle(place.folder)
    except (HeadwaterError, OSError) as fault:
        return str(fault)


def fits(use: Use, bundle: Bundle) -> bool:
    """Whether the app can read one of the bundle's heads."""
    try:
        use.pick(bundle)
    except BundleError:
        return False
    return True


def stamp(folder: Path) -> tuple[int, ...]:
    """Changes when a bundle's files do: what a cache of the opened bundle is keyed by, far cheaper than a digest."""
    names = ("bundle.json", "model.onnx", "tokenizer.json")
    return tuple((folder / name).stat().st_mtime_ns if (folder / name).is_file() else 0 for name in names)


def chosen(app: str) -> Place:
    """The place of the bundle that an app uses: the one chosen, or else the one it starts with."""
    use = USES[app]
    every = places()
    if folder := _choices().get(app):
        path = Path(folder)
        name = _model_of(path)
        known = (place for place in every if place.folder.resolve() == path or place.name == name)
        return next(known, Place(path.parent.name if path.name == "bundle" else path.name, path, "home"))
    return next(place for place in every if place.name == use.name)


def _model_of(path: Path) -> str | None:
    """The model with versions that a folder is of: who chose one of them chose the model, and gets what is live."""
    for name in versioned():
        there = base(name)
        if path.parent == (model_folder(name) / "versions").resolve() or (there and there.resolve() == path):
            return name
    return None


def choose(app: str, place: Place) -> None:
    """Keep a choice for an app, in a file that is replaced whole: a reader meets the old choices or the new ones."""
    path = home() / "apps.json"
    content = json.dumps({**_choices(), app: str(place.folder.resolve())}, indent=1, sort_keys=True)
    write_whole(path, [content.encode() + b"\n"])


def _choices() -> dict[str, str]:
    """{app: folder}; a file that cannot be read counts as no choices, so that the pages still open."""
    try:
        content = json.loads((home() / "apps.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
