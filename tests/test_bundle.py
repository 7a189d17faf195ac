import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

import headwater.bundle
from headwater.bundle import Calibration, Threshold, file_digest, open_bundle, write_bundle
from headwater.errors import BundleError
from tests.tiny import HEADS, graph, tiny_bundle, tokenizer

ROOT = Path(__file__).parents[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_bundle(tmp_path / "news", "sentiment", "entities").folder


def edit(folder: Path, change: Callable[[dict], None]) -> None:
    """Change bundle.json in place."""
    file = folder / "bundle.json"
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))


def forge(folder: Path, name: str, content: bytes) -> None:
    """Put another file in a bundle and its digest in the list, as somebody who means harm would."""
    (folder / name).write_bytes(content)
    edit(folder, lambda held: held["files"].update({name: sha256(content).hexdigest()}))


def changed_graph(folder: Path, change: Callable[[onnx.GraphProto], None]) -> None:
    model = onnx.load(folder / "model.onnx")
    change(model.graph)
    forge(folder, "model.onnx", model.SerializeToString())


def said(folder: Path) -> str:
    with pytest.raises(BundleError) as caught:
        open_bundle(folder)
    message = str(caught.value)
    assert message.count("\n") == 0
    assert len(message) < 600
    return message


def test_what_is_written_is_what_is_opened(folder):
    bundle = open_bundle(folder)
    assert bundle.manifest.heads == (HEADS["sentiment"], HEADS["entities"])
    assert bundle.calibration("int8", "sentiment") == Calibration(1.0, (Threshold(0.05, 0.1, 0.8, 0.5),))
    assert bundle.calibration("fp16", "sentiment") == Calibration()
    assert bundle.manifest.files == {name: file_digest(folder / name) for name in ("model.onnx", "tokenizer.json")}
    assert bundle.digest == file_digest(folder / "bundle.json")
    assert (bundle.model, bundle.tokenizer) == (folder / "model.onnx", folder / "tokenizer.json")


def test_a_head_is_found_by_name_or_by_being_the_only_one(folder, tmp_path):
    bundle = open_bundle(folder)
    assert bundle.head("entities") == HEADS["entities"]
    with pytest.raises(BundleError, match="expected one of the heads sentiment, entities, got None"):
        bundle.head()
    with pytest.raises(BundleError, match="got 'tone'"):
        bundle.head("tone")
    assert tiny_bundle(tmp_path / "one", "topics").head() == HEADS["topics"]


FILE_FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "no folder": (shutil.rmtree, "expected a bundle (a folder with bundle.json), found none"),
    "no bundle.json": (lambda f: (f / "bundle.json").unlink(), "expected a bundle"),
    "no model": (lambda f: (f / "model.onnx").unlink(), "model.onnx is missing: copy or export the bundle again"),
    "no tokenizer": (lambda f: (f / "tokenizer.json").unlink(), "tokenizer.json is missing"),
    "a byte of the model": (
        lambda f: (f / "model.onnx").write_bytes((f / "model.onnx").read_bytes()[:-1] + b"\0"),
        "model.onnx is not the file that the bundle was written with (digest differs)",
    ),
    "truncated model": (lambda f: (f / "model.onnx").write_bytes((f / "model.onnx").read_bytes()[:500]), "digest differs"),
    "empty tokenizer": (lambda f: (f / "tokenizer.json").write_bytes(b""), "tokenizer.json is not the file"),
    "truncated bundle.json": (
        lambda f: (f / "bundle.json").write_bytes((f / "bundle.json").read_bytes()[:200]), "bundle.json is damaged",
    ),
    "binary bundle.json": (lambda f: (f / "bundle.json").write_bytes(b"\xff\xfe\0"), "bundle.json is damaged"),
    "empty bundle.json": (lambda f: (f / "bundle.json").write_bytes(b""), "bundle.json is damaged"),
    "a list": (lambda f: (f / "bundle.json").write_text("[]"), "bundle.json is damaged"),
    "nested too deep": (lambda f: (f / "bundle.json").write_text("[" * 100_000), "bundle.json is damaged"),
    "model is a link": (
        lambda f: ((f / "model.onnx").rename(f.parent / "m"), (f / "model.onnx").symlink_to(f.parent / "m")),
        "'model.onnx' points out of the folder",
    ),
    "bundle.json is a link": (
        lambda f: ((f / "bundle.json").rename(f.parent / "b"), (f / "bundle.json").symlink_to(f.parent / "b")),
        "bundle.json points out of the folder",
    ),
    "model is a folder": (lambda f: ((f / "model.onnx").unlink(), (f / "model.onnx").mkdir()), "model.onnx is missing"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FILE_FAULTS)
def test_a_folder_that_is_not_as_it_was_written(folder, fault):
    spoil, message = FILE_FAULTS[fault]
    spoil(folder)
    assert message in said(folder)


MANIFEST_FAULTS: dict[str, tuple[Callable[[dict], object], str]] = {
    "too new": (lambda c: c.update(schema=3), "expected bundle schema 1 or 2, got 3; install the Headwater that wrote it"),
    "no schema": (lambda c: c.pop("schema"), "expected bundle schema 1 or 2, got None"),
    "no heads": (lambda c: c.pop("heads"), "is damaged (no 'heads')"),
    "empty heads": (lambda c: c.update(heads=[]), "expected heads with different names"),
    "heads of one name": (lambda c: c["heads"].append(c["heads"][0]), "expected heads with different names"),
    "an unknown key": (lambda c: c.update(colour="red"), "is damaged"),
    "an unknown kind": (lambda c: c["heads"][0].update(kind="regression"), "has kind 'regression', and this Headwater knows single"),
    "labels that repeat": (lambda c: c["heads"][0].update(labels=["a", "a", "b"]), "unfit labels"),
    "labels of numbers": (lambda c: c["heads"][0].update(labels=[1, 2, 3]), "is damaged"),
    "no labels": (lambda c: c["heads"][0].update(labels=[]), "unfit labels"),
    "one label too few": (lambda c: c["heads"][0]["labels"].pop(), "head sentiment has 2 labels and its output 3 columns"),
    "another output": (lambda c: c["heads"][0].update(output="tone"), "the graph has no output 'tone' for head sentiment"),
    "another kind": (lambda c: c["heads"][0].update(kind="token"), "output 'sentiment' of token head sentiment has 2 axes"),
    "another input": (lambda c: c["inputs"].pop(), "bundle.json names the inputs ['ids'], the graph ['ids', 'mask']"),
    "no model listed": (lambda c: c["files"].pop("model.onnx"), "lists no model.onnx"),
    "files of another kind": (lambda c: c.update(files=["model.onnx"]), "is damaged"),
    "a path out of it": (lambda c: c["files"].update({"../news/card.md": "0"}), "'../news/card.md' points out of the folder"),
    "an absolute path": (lambda c: c["files"].update({"/etc/passwd": "0"}), "'/etc/passwd' points out of the folder"),
    "a parent": (lambda c: c["files"].update({"..": "0"}), "is missing"),
    "stride as long as a window": (lambda c: c.update(stride=30), "expected max_length and stride as whole numbers"),
    "length as text": (lambda c: c.update(max_length="128"), "expected max_length and stride as whole numbers"),
    "temperature of nothing": (lambda c: c["variants"]["int8"]["sentiment"].update(temperature=0), "expected a temperature above 0"),
    "a slope that turns them round": (
        lambda c: c["variants"]["int8"]["entities"].update(spans={"slope": -1.0, "offset": 0.0, "smoothing": 0.0}),
        "expected a slope above 0",
    ),
    "a span calibration of other keys": (lambda c: c["variants"]["int8"]["entities"].update(spans={"slope": 1.0}), "is damaged"),
    "transitions of another size": (
        lambda c: c["heads"][1].update(transitions=[[0.0] * 5] * 5), "expected transitions of head entities as labels + 1 rows"
    ),
    "temperature no number": (lambda c: c["variants"]["int8"]["sentiment"].update(temperature=float("nan")), "temperature above 0"),
}  # fmt: skip


@pytest.mark.parametrize("fault", MANIFEST_FAULTS)
def test_a_bundle_json_that_does_not_fit(folder, fault):
    spoil, message = MANIFEST_FAULTS[fault]
    edit(folder, spoil)
    assert message in said(folder)


def test_a_model_of_another_bundle_is_noticed(folder, tmp_path):
    other = tiny_bundle(tmp_path / "other", "sentiment", "entities", seed=1)
    for name in ("model.onnx", "bundle.json"):
        mine = (folder / name).read_bytes()
        shutil.copy(other.folder / name, folder / name)
        assert "digest differs" in said(folder)
        (folder / name).write_bytes(mine)
    open_bundle(folder)


def external(tensor: onnx.TensorProto) -> None:
    tensor.data_location = TensorProto.EXTERNAL
    tensor.ClearField("raw_data")
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../etc/passwd"


def constant(tensor: onnx.TensorProto) -> onnx.NodeProto:
    return helper.make_node("Constant", [], ["unused"], value=tensor)


def inner(node: onnx.NodeProto) -> onnx.NodeProto:
    branch = helper.make_graph([node], "branch", [], [helper.make_tensor_value_info("unused", TensorProto.FLOAT, [1])])
    return helper.make_node("If", ["condition"], ["chosen"], then_branch=branch, else_branch=branch)


def hidden(kind: str) -> Callable[[onnx.GraphProto], None]:
    def change(graph: onnx.GraphProto) -> None:
        if kind == "initializer":
            external(graph.initializer[0])
            return
        tensor = helper.make_tensor("outside", TensorProto.FLOAT, [1], [0.0])
        external(tensor)
        graph.node.append(constant(tensor) if kind == "constant" else inner(constant(tensor)))

    return change


@pytest.mark.parametrize("kind", ["initializer", "constant", "in a branch"])
def test_weights_outside_the_graph_are_refused_wherever_they_hide(folder, kind):
    changed_graph(folder, hidden(kind))
    assert "keeps weights outside itself" in said(folder)


def filled(kind: str, where: str) -> Callable[[onnx.GraphProto], None]:
    """A node that makes 2^36 values of a shape that stands in the graph."""
    shape = helper.make_tensor("shape", TensorProto.INT64, [2], [2**18, 2**18])
    inputs = ["shape"] if kind == "ConstantOfShape" else ["words", "shape"]
    node = helper.make_node(kind, inputs, ["unused"])

    def change(graph: onnx.GraphProto) -> None:
        if where == "constant":
            graph.node.append(helper.make_node("Constant", [], ["shape"], value=shape))
        else:
            graph.initializer.append(shape)
        graph.node.append(inner(node) if where == "branch" else node)

    return change


@pytest.mark.parametrize("kind", ["ConstantOfShape", "Expand", "Tile"])
@pytest.mark.parametrize("where", ["initializer", "constant", "branch"])
def test_what_would_fill_the_memory_is_refused_by_its_size(folder, kind, where):
    changed_graph(folder, filled(kind, where))
    assert f"a {kind} would make 68,719,476,736 values" in said(folder)


GRAPH_FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "not a graph": (lambda f: forge(f, "model.onnx", b"\x89PNG\r\n\x1a\n" * 9), "is not an ONNX graph"),
    "nothing": (lambda f: forge(f, "model.onnx", b""), "the graph []"),
    "not a tokenizer": (lambda f: forge(f, "tokenizer.json", b"{}"), "is not a tokenizer"),
    "an output without a shape": (
        lambda f: changed_graph(f, lambda g: g.output[0].type.tensor_type.ClearField("shape")), "has 0 axes",
    ),
    "a column more": (
        lambda f: changed_graph(f, lambda g: setattr(g.output[0].type.tensor_type.shape.dim[1], "dim_value", 4)),
        "has 3 labels and its output 4 columns",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", GRAPH_FAULTS)
def test_a_forged_file_with_the_right_digest(folder, fault):
    spoil, message = GRAPH_FAULTS[fault]
    spoil(folder)
    assert message in said(folder)


def parts(folder: Path, seed: int = 0) -> tuple:
    manifest = tiny_bundle(folder.parent / f"model{seed}", "sentiment", seed=seed).manifest
    return replace(manifest, name="x"), {"model.onnx": graph([HEADS["sentiment"]], seed), "tokenizer.json": tokenizer()}


def test_a_bundle_that_would_not_open_is_not_written(tmp_path):
    manifest, files = parts(tmp_path / "x")
    good = write_bundle(tmp_path / "x", manifest, files)
    with pytest.raises(BundleError, match="not an ONNX graph"):
        write_bundle(tmp_path / "x", manifest, files | {"model.onnx": b"\x89PNG\r\n\x1a\n" * 9})
    assert open_bundle(tmp_path / "x").digest == good.digest
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model0", "x"]


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_new_bundle_takes_the_place_of_the_old_and_leaves_nothing_beside(tmp_path, monkeypatch, can_exchange):
    if not can_exchange:
        monkeypatch.setattr(headwater.bundle, "_exchange", lambda first, second: False)
    manifest, files = parts(tmp_path / "v1.0")
    old = write_bundle(tmp_path / "v1.0", manifest, files)
    new = write_bundle(tmp_path / "v1.0", *parts(tmp_path / "v1.0", seed=3))
    assert old.digest != new.digest == open_bundle(tmp_path / "v1.0").digest
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model0", "model3", "v1.0"]


def test_a_bundle_goes_into_an_empty_folder_and_never_over_other_things(tmp_path):
    manifest, files = parts(tmp_path / "x")
    (tmp_path / "empty").mkdir()
    write_bundle(tmp_path / "empty", manifest, files)
    thesis = tmp_path / "thesis"
    thesis.mkdir()
    (thesis / "chapter.txt").write_text("years of work")
    for place in (thesis, thesis / "chapter.txt"):
        with pytest.raises(BundleError, match="found something else: name another folder"):
            write_bundle(place, manifest, files)
    assert (thesis / "chapter.txt").read_text() == "years of work"


KILLED = """
import os, signal, sys
from pathlib import Path
import headwater.bundle as module
from tests.test_bundle import parts
folder, where, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
manifest, files = parts(folder, seed=3)
owner = module if hasattr(module, where) else Path
real = getattr(owner, where)
calls = 0
def dies(*arguments, **options):
    global calls
    calls += 1
    if calls == count:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments, **options)
setattr(owner, where, dies)
module.write_bundle(folder, manifest, files)
"""


@pytest.mark.parametrize(("where", "count"), [("write_bytes", 2), ("write_text", 1), ("_put", 1), ("_exchange", 1)])
def test_a_kill_in_the_middle_leaves_the_old_bundle(tmp_path, where, count):
    folder = tmp_path / "x"
    old = write_bundle(folder, *parts(folder))
    places = os.pathsep.join(map(str, (ROOT / "shared", ROOT / "apps", ROOT)))
    command = [sys.executable, "-c", KILLED, str(folder), where, str(count)]
    died = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": places}, capture_output=True, text=True, timeout=120
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert open_bundle(folder).digest == old.digest


@pytest.mark.skipif(sys.platform != "linux", reason="two folders change names in one step on Linux only")
def test_there_is_no_moment_without_a_bundle(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
        (folder / "name").write_text(folder.name)
    if not headwater.bundle._exchange(first, second):
        pytest.skip("this file system cannot exchange two names")
    assert ((first / "name").read_text(), (second / "name").read_text()) == ("b", "a")
    assert not headwater.bundle._exchange(first, tmp_path / "none")
