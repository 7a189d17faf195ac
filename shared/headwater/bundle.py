"""The folder that joins training to serving, and the only thing that passes from one to the other.

    bundle.json      what the model is, how it was made, how good it is, and the digest of every other file
    model.onnx       the graph, weights as int8 per channel behind DequantizeLinear
    tokenizer.json   the tokenizer, as the `tokenizers` library reads it
    card.md          the same facts for people

Opening a bundle needs no torch, no network and runs no code from it: plain JSON is read, every file is held
against its digest, and the graph's inputs, outputs and label counts are held against what bundle.json says.
"""

import ctypes
import hashlib
import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from headwater.errors import BundleError
from headwater.files import no_room
from headwater.graphs import check_fills, tensors
from headwater.text import Input

__all__ = [
    "Bundle",
    "Calibration",
    "Head",
    "Manifest",
    "SpanCalibration",
    "Threshold",
    "file_digest",
    "open_bundle",
    "open_description",
    "write_bundle",
]

SCHEMA = 2
READS = (1, 2)  # 1 had no calibration of spans; its bundles go on giving the probabilities that they gave
KINDS = ("single", "multi", "pair", "token", "embedding")
MANIFEST, MODEL, TOKENIZER, CARD = "bundle.json", "model.onnx", "tokenizer.json", "card.md"


@dataclass(frozen=True)
class Head:
    """One question that the model answers. `output` is the tensor in the graph; `labels` are in its order.

    Kinds: single (one label of a text), multi (any number of labels), pair (one label of two texts), token (BIO
    labels of words), embedding (a unit vector; `labels` is empty).
    `transitions`, where a token head has them, are what `headwater.spans.decode` adds beside the labels' rules: a row of scores
    for what begins a text, then a row for what follows each label.
    """

    name: str
    kind: str
    labels: tuple[str, ...]
    output: str
    out_of_scope: str | None = None
    transitions: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True)
class Threshold:
    """Answer only where the probability is at least `threshold`.

    Then at most the share `risk` of the answers is wrong, with probability 1 - `delta` over the draw of the
    calibration rows; `coverage` is the share of those rows that was answered.
    """

    risk: float
    delta: float
    threshold: float
    coverage: float


@dataclass(frozen=True)
class SpanCalibration:
    """What makes the probability of a span: sigmoid(slope * logit(chance) + offset), as Platt (1999) maps scores.

    The chance is `headwater.span_chances.span_chances` of the words' probabilities without temperature, from which
    `unsmoothed` took the label `smoothing` that the head was taught with.
    """

    slope: float
    offset: float
    smoothing: float = 0.0


@dataclass(frozen=True)
class Calibration:
    """What makes one variant's probabilities of one head honest, and how good they were on the test set.

    `spans` is of token heads; without it a span is as probable as its least probable word, after the temperature.
    """

    temperature: float = 1.0
    thresholds: tuple[Threshold, ...] = ()
    quality: dict[str, dict[str, float]] = field(default_factory=dict)  # metric -> value, low, high
    spans: SpanCalibration | None = None


@dataclass(frozen=True)
class Manifest:
    """bundle.json. `variants[variant][head]` is a Calibration; `files[name]` a sha256 in hex."""

    name: str
    version: str
    task: str
    heads: tuple[Head, ...]
    inputs: tuple[Input, ...]
    max_length: int
    stride: int
    variants: dict[str, dict[str, Calibration]]
    data: tuple[dict[str, Any], ...] = ()
    recipe: dict[str, Any] = field(default_factory=dict)
    libraries: dict[str, str] = field(default_factory=dict)
    gate: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    created: str = ""
    schema: int = SCHEMA


@dataclass(frozen=True)
class Bundle:
    """An opened bundle: its folder, what it says, and the digest of bundle.json (which covers all the rest)."""

    folder: Path
    manifest: Manifest
    digest: str

    @property
    def model(self) -> Path:
        return self.folder / MODEL

    @property
    def tokenizer(self) -> Path:
        return self.folder / TOKENIZER

    def head(self, name: str | None = None) -> Head:
        """The head of that name, or the only one. Raises BundleError naming the heads there are."""
        heads = self.manifest.heads
        if name is None and len(heads) == 1:
            return heads[0]
        for head in heads:
            if head.name == name:
                return head
        there = ", ".join(head.name for head in heads)
        raise BundleError(f"{self.manifest.name}: expected one of the heads {there}, got {name!r}")

    def calibration(self, variant: str, head: str) -> Calibration:
        """Calibration of a head under a variant; the plain one (temperature 1) where none was measured."""
        return self.manifest.variants.get(variant, {}).get(head, Calibration())

    def default_variant(self, device: str) -> str:
        """int8 on a CPU, or fp32 where the gate proved that alone; fp16 on any other device."""
        if device != "cpu":
            return "fp16"
        return next((name for name in ("int8", "fp32") if name in self.manifest.variants), "int8")

    def unmeasured(self, variant: str) -> list[str]:
        """Heads whose probabilities under a variant mean nothing measured; vectors have none."""
        known = self.manifest.variants.get(variant, {})
        return [head.name for head in self.manifest.heads if head.kind != "embedding" and head.name not in known]


def file_digest(path: Path) -> str:
    """sha256 of a file, in hex, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def open_bundle(path: str | os.PathLike[str]) -> Bundle:
    """Open a bundle and verify it whole. Raises BundleError with one sentence: what is wrong and what to run."""
    bundle = _read(Path(path))
    _check_files(bundle.folder, bundle.manifest, bundle.manifest.files)
    _check_tokenizer(bundle.folder)
    _check_graph(bundle.folder, bundle.manifest)
    return bundle


def open_description(path: str | os.PathLike[str]) -> Bundle:
    """Open what a client needs of a bundle whose graph runs elsewhere: bundle.json and tokenizer.json; the graph need
    not be there. Raises BundleError.
    """
    bundle = _read(Path(path))
    _check_files(bundle.folder, bundle.manifest, [TOKENIZER])
    _check_tokenizer(bundle.folder)
    return bundle


def _read(folder: Path) -> Bundle:
    if not (folder / MANIFEST).is_file():
        raise BundleError(
            f"{folder}: expected a bundle (a folder with {MANIFEST}), found none; see `headwater models list`"
        )
    if (folder / MANIFEST).is_symlink():
        raise BundleError(
            f"{folder}: {MANIFEST} points out of the folder, which a bundle may not: copy or export it again"
        )
    raw = (folder / MANIFEST).read_bytes()
    return Bundle(folder, _parse(folder, raw), hashlib.sha256(raw).hexdigest())


def _parse(folder: Path, raw: bytes) -> Manifest:
    try:
        content = json.loads(raw)
        if content.get("schema") not in READS:
            raise BundleError(
                f"{folder}: expected bundle schema {' or '.join(map(str, READS))}, got {content.get('schema')!r}; "
                "install the Headwater that wrote it, or export it again"
            )
        content["heads"] = tuple(_head(entry) for entry in content["heads"])
        content["inputs"] = tuple(Input(**item) for item in content["inputs"])
        content["variants"] = {
            variant: {name: _calibration(entry) for name, entry in heads.items()}
            for variant, heads in content["variants"].items()
        }
        content["data"] = tuple(content.get("data", ()))
        manifest = Manifest(**content)
        _check_types(manifest)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as fault:
        what = f"no {fault}" if isinstance(fault, KeyError) else str(fault)
        raise BundleError(f"{folder / MANIFEST} is damaged ({what}): copy or export the bundle again") from fault
    _check_heads(folder, manifest)
    return manifest


def _check_types(manifest: Manifest) -> None:
    """Raise TypeError or ValueError for what later code relies on and JSON does not promise."""
    lengths = (manifest.max_length, manifest.stride)
    if not all(type(number) is int for number in lengths) or not 0 <= manifest.stride < manifest.max_length - 4:
        raise ValueError(
            f"expected max_length and stride as whole numbers with 0 <= stride < max_length - 4, got {lengths}"
        )
    if not all(isinstance(digest, str) for digest in manifest.files.values()):
        raise TypeError("expected a digest for each file")
    for head in manifest.heads:
        if not all(isinstance(value, str) for value in (head.name, head.kind, head.output, *head.labels)):
            raise TypeError("expected the names and labels of heads to be texts")
        sizes = [len(head.labels)] * (len(head.labels) + 1) if head.transitions else []
        numbers = [number for row in head.transitions for number in row]
        if [len(row) for row in head.transitions] != sizes or not all(math.isfinite(number) for number in numbers):
            raise ValueError(f"expected transitions of head {head.name} as labels + 1 rows of a finite number a label")
    for calibration in (entry for heads in manifest.variants.values() for entry in heads.values()):
        if not 0 < calibration.temperature < math.inf:
            raise ValueError(f"expected a temperature above 0, got {calibration.temperature}")
        spans = calibration.spans
        if spans and not (0 < spans.slope < math.inf and math.isfinite(spans.offset) and 0 <= spans.smoothing < 1):
            raise ValueError(f"expected a slope above 0, an offset and a smoothing below 1 for spans, got {spans}")


def _head(entry: Mapping[str, Any]) -> Head:
    transitions = tuple(tuple(row) for row in entry.get("transitions", ()))
    return Head(**{**entry, "labels": tuple(entry["labels"]), "transitions": transitions})


def _calibration(entry: Mapping[str, Any]) -> Calibration:
    spans = entry.get("spans")
    thresholds = tuple(Threshold(**item) for item in entry.get("thresholds", ()))
    return Calibration(**{**entry, "spans": SpanCalibration(**spans) if spans else None, "thresholds": thresholds})


def _check_heads(folder: Path, manifest: Manifest) -> None:
    names = [head.name for head in manifest.heads]
    if not names or len(set(names)) != len(names):
        raise BundleError(f"{folder}: expected heads with different names, got {names}: export the bundle again")
    for head in manifest.heads:
        if head.kind not in KINDS:
            raise BundleError(
                f"{folder}: head {head.name} has kind {head.kind!r}, and this Headwater knows {', '.join(KINDS)}"
            )
        if len(set(head.labels)) != len(head.labels) or (head.kind == "embedding") == bool(head.labels):
            raise BundleError(
                f"{folder}: head {head.name} ({head.kind}) has unfit labels {head.labels[:5]}: export it again"
            )


def _check_files(folder: Path, manifest: Manifest, names: Iterable[str]) -> None:
    for needed in (MODEL, TOKENIZER):
        if needed not in manifest.files:
            raise BundleError(f"{folder / MANIFEST} lists no {needed}: export the bundle again")
    for name in names:
        path = folder / name
        if Path(name).name != name or path.is_symlink():
            raise BundleError(
                f"{folder}: {name!r} points out of the folder, which a bundle may not: copy or export it again"
            )
        if not path.is_file():
            raise BundleError(f"{folder}: {name} is missing: copy or export the bundle again")
        if file_digest(path) != manifest.files[name]:
            raise BundleError(
                f"{path} is not the file that the bundle was written with (digest differs): copy or export it again"
            )


def _check_tokenizer(folder: Path) -> None:
    try:
        Tokenizer.from_file(str(folder / TOKENIZER))
    except Exception as fault:  # the library raises Exception itself
        raise BundleError(f"{folder / TOKENIZER} is not a tokenizer ({fault}): export the bundle again") from fault


def _check_graph(folder: Path, manifest: Manifest) -> None:
    import onnx  # half a second to import: only where a graph is really read
    from google.protobuf.message import DecodeError

    try:
        graph = onnx.load(folder / MODEL, load_external_data=False).graph
    except DecodeError as fault:
        raise BundleError(f"{folder / MODEL} is not an ONNX graph: export the bundle again") from fault
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in tensors(graph)):
        raise BundleError(f"{folder / MODEL} keeps weights outside itself, which a bundle may not: export it again")
    check_fills(folder / MODEL, graph)
    expected, found = {item.name for item in manifest.inputs}, {item.name for item in graph.input}
    if expected != found:
        raise BundleError(
            f"{folder}: bundle.json names the inputs {sorted(expected)}, the graph {sorted(found)}: export it again"
        )
    outputs = {item.name: item.type.tensor_type.shape.dim for item in graph.output}
    for head in manifest.heads:
        if head.output not in outputs:
            raise BundleError(
                f"{folder}: the graph has no output {head.output!r} for head {head.name}: export it again"
            )
        shape = outputs[head.output]
        if len(shape) != (3 if head.kind == "token" else 2):
            raise BundleError(
                f"{folder}: output {head.output!r} of {head.kind} head {head.name} has {len(shape)} axes: export it again"
            )
        width = shape[-1].dim_value
        if head.kind != "embedding" and width != len(head.labels):
            raise BundleError(
                f"{folder}: head {head.name} has {len(head.labels)} labels and its output {width} columns: export it again"
            )


def write_bundle(folder: Path, manifest: Manifest, files: Mapping[str, bytes]) -> Bundle:
    """Write a bundle whole or not at all: into a temporary folder beside `folder`, verified, then renamed.

    An older bundle in the same place is replaced; a folder that holds something else is not, and BundleError is
    raised, as it is where the disk is full. `manifest.files` is filled in here from `files`.
    """
    if folder.exists() and not (folder / MANIFEST).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise BundleError(
            f"{folder}: expected a bundle to replace or a free place, found something else: name another folder"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, content in files.items():
            (work / name).write_bytes(content)
        digests = {name: file_digest(work / name) for name in sorted(files)}
        written = json.dumps({**asdict(manifest), "files": digests}, indent=1, ensure_ascii=False, sort_keys=True)
        (work / MANIFEST).write_text(written + "\n", encoding="utf-8")
        work.chmod(0o755)
        open_bundle(work)
        _put(work, folder)
    except OSError as fault:
        if not no_room(fault):
            raise
        raise BundleError(
            f"{folder}: could not be written ({fault.strerror}), and is as it was: make room on the disk, and export again"
        ) from fault
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return open_bundle(folder)


def _put(work: Path, folder: Path) -> None:
    """Give `work` the name `folder`; an older folder goes to the name of `work`, in one step where the system can."""
    if not folder.exists():
        work.rename(folder)
    elif not _exchange(work, folder):
        old = work.with_name(f"{work.name}.old")
        folder.rename(old)
        work.rename(folder)
        shutil.rmtree(old, ignore_errors=True)


def _exchange(first: Path, second: Path) -> bool:
    """Let two folders change names at once, so that a kill finds one or the other: Linux's renameat2, or False."""
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None) if os.name == "posix" else None
    return renameat2 is not None and renameat2(here, os.fsencode(first), here, os.fsencode(second), exchange) == 0
