"""Bundles that were damaged, mixed up or made to harm: one line says what is wrong, and what was served is served on."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import onnx
import pytest
from onnx import TensorProto, helper

from headwater.bundle import open_bundle
from headwater.errors import BundleError
from tests.api import test_swapping as swapping
from tests.api.test_swapping import Shop, ask, load
from tests.faults.conftest import many
from tests.servers import Served
from tests.test_bundle import changed_graph, said
from tests.tiny import tiny_bundle

shop, running = swapping.shop, swapping.running
FILES = ("model.onnx", "tokenizer.json", "bundle.json")
MEMORY = 6 * 2**30  # bytes of addresses, of which onnxruntime and NumPy take some before anything is read
# Opens a bundle and predicts with it, in little memory.
PROGRAM = """
import resource, sys
import numpy, onnx, onnxruntime
from headwater.errors import HeadwaterError
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]),) * 2)
import headwater
try:
    headwater.load(sys.argv[1]).predict(["oil rose"])
except HeadwaterError as fault:
    print(type(fault).__name__, fault)
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_flipped_bit_goes_unseen(tmp_path: Path, told: Callable[[str, str, str], None]) -> None:
    """bundle.json is what the digests stand in: a flip there is refused, or makes another bundle by its digest."""
    folder, draw, flips = (
        tiny_bundle(tmp_path / "news", "sentiment", "entities").folder,
        random.Random(7),
        many(1000, 100),
    )
    sound, refused = open_bundle(folder), dict.fromkeys(FILES, 0)
    lines = 0
    for name in FILES:
        content = (folder / name).read_bytes()
        for _ in range(flips):
            place = draw.randrange(len(content))
            changed = bytearray(content)
            changed[place] ^= 1 << draw.randrange(8)
            (folder / name).write_bytes(changed)
            try:
                assert open_bundle(folder).digest != sound.digest
                assert name == "bundle.json"
            except BundleError as fault:
                refused[name] += "\n" not in str(fault)
                lines += 1
        (folder / name).write_bytes(content)
    assert open_bundle(folder) == sound
    assert sum(refused.values()) == lines, "a refusal of several lines"
    assert refused["model.onnx"] == refused["tokenizer.json"] == flips
    told(
        f"{flips:,} bits flipped in each file of a bundle, one at a time", "each refused in one line",
        f"model.onnx and tokenizer.json: all; bundle.json: {refused['bundle.json']:,} refused, the others have another digest",
    )  # fmt: skip


def other_model(folder: Path, other: Path) -> None:
    shutil.copy(other / "model.onnx", folder / "model.onnx")


def other_tokenizer(folder: Path, other: Path) -> None:
    (folder / "tokenizer.json").write_bytes((other / "tokenizer.json").read_bytes() + b" ")


def linked(folder: Path, other: Path) -> None:
    (folder / "model.onnx").unlink()
    (folder / "model.onnx").symlink_to(other / "model.onnx")


def hard_linked(folder: Path, other: Path) -> None:
    """Package managers install by hard links, so that one is no fault; what is written through the other name is."""
    outside = folder.parent / "outside.onnx"
    os.link(folder / "model.onnx", outside)
    open_bundle(folder)
    with outside.open("r+b") as stream:
        stream.write(b"\0")


def vast(folder: Path, other: Path | None = None) -> None:
    """A node that makes 2^36 numbers, in the sum that the model answers with; the digests are right."""

    def change(graph: onnx.GraphProto) -> None:
        graph.initializer.append(helper.make_tensor("many", TensorProto.INT64, [1], [2**36]))
        graph.node.append(helper.make_node("ConstantOfShape", ["many"], ["zeros"]))
        graph.node.append(helper.make_node("ReduceSum", ["zeros"], ["none"], keepdims=0))
        answer = next(node for node in graph.node if "sentiment" in node.output)
        answer.output[0] = "before"
        graph.node.append(helper.make_node("Add", ["before", "none"], ["sentiment"]))

    changed_graph(folder, change)


HARMS = (other_model, other_tokenizer, linked, hard_linked, vast)


@pytest.mark.slow
def test_a_server_goes_on_with_the_model_it_holds(
    shop: Shop, running: Served, tmp_path: Path, told: Callable[[str, str, str], None]
) -> None:
    with httpx.Client(timeout=30) as client:
        for harm in HARMS:
            shop.now = tmp_path / harm.__name__ / "news"
            shutil.copytree(shop.folders[1], shop.now)
            harm(shop.now, shop.folders[0])
            assert said(shop.now)
            answer = load(running)
            assert answer.status_code == 400, harm.__name__
            assert "\n" not in answer.json()["error"]
            assert ask(running, client, 0) == (shop.digests[0], shop.expected[shop.digests[0]][0])
    told(
        "files of a bundle swapped with another's, linked out of it, written through a hard link; a graph that makes 2^36 numbers",
        "each refused in one line, the server goes on with the old model", f"{len(HARMS)} of {len(HARMS)} refused, every answer the old model's",
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS holds on Linux alone")
def test_a_graph_that_makes_numbers_without_end_takes_no_memory(
    tmp_path: Path, told: Callable[[str, str, str], None]
) -> None:
    folder = tiny_bundle(tmp_path / "news", "sentiment").folder
    vast(folder)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "HEADWATER_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), str(MEMORY)], env=environment, capture_output=True, text=True, timeout=200
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    fault, peak = done.stdout.splitlines()
    assert fault.startswith("BundleError") and "68,719,476,736 values" in fault
    assert int(peak) < 600_000, "kB of its own; what getrusage says begins with the parent's"
    told(
        "a ConstantOfShape of 2^36 numbers in a graph whose digest is right", "one line, no memory",
        f"refused before it is run, by its size; {int(peak) // 1000} MB in all",
    )  # fmt: skip
