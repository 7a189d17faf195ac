"""The batch-size curve: which texts are run, what is reported, and what needs a device that is not here."""

import itertools
import math
import subprocess

import pytest

from headwater.bench import curve as module
from headwater.bench.curve import SIZES, curve, memory_mb, peak_gflops, product_gflops
from headwater.bench.devices import build_on, engine_names
from headwater.errors import InputError


def test_engines_take_turns_over_the_same_texts_and_the_first_call_does_not_count() -> None:
    calls: list[tuple[str, list[str]]] = []
    engines = {name: (lambda texts, name=name: calls.append((name, texts))) for name in "ab"}
    found = curve(engines, ["x", "y", "z"], [2], seconds=0)
    assert calls[:2] == [("a", ["x", "y"]), ("b", ["x", "y"])], "warming up"
    assert calls[2:6] == [("a", ["z", "x"]), ("b", ["z", "x"]), ("a", ["y", "z"]), ("b", ["y", "z"])]
    assert [point.batch for point in found["a"]] == [2]
    assert found["a"][0].calls == found["b"][0].calls == 3


def test_points_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = itertools.chain([0.0, 0.0], *([10.0 * n, 10.0 * n + spent] + [0.0] * 1 for n, spent in enumerate((0.1, 0.4, 0.2))))  # fmt: skip
    monkeypatch.setattr(module.time, "perf_counter", lambda: next(ticks, 0.0))
    (point,) = curve({"a": lambda texts: None}, ["x"], [4], seconds=0)["a"]
    assert point.texts_per_s == pytest.approx(20)  # 4 texts in the median of 100, 400 and 200 ms
    assert point.p50_ms == pytest.approx(200)
    assert 390 < point.p99_ms <= 400


def test_sizes_are_powers_of_two() -> None:
    assert tuple(2**n for n in range(9)) == SIZES


def test_a_product_is_a_rate() -> None:
    torch = pytest.importorskip("torch")
    assert 0.01 < product_gflops("cpu", torch.float32, 128, rounds=3) < 1e5


def test_the_peak_of_a_card_that_is_not_here_is_no_number() -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a card")
    assert math.isnan(peak_gflops("cuda", 1))


def test_memory_grows_with_what_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    before = memory_mb("cpu")
    if before is None:
        pytest.skip("this system has no /proc")
    held = b"x" * 200_000_000
    assert 150 < memory_mb("cpu") - before < 400
    del held
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: subprocess.CompletedProcess(a, 0, "1000\n"))
    assert memory_mb("cuda") == pytest.approx(1048.576)

    def lacks(*args, **options):
        raise FileNotFoundError("nvidia-smi")

    monkeypatch.setattr(subprocess, "run", lacks)
    assert memory_mb("cuda") is None


def test_an_engine_of_another_device_is_named(tmp_path) -> None:
    assert "headwater-fp16" in engine_names("cuda")
    with pytest.raises(InputError, match="'headwater-int8'"):
        build_on("cuda", ["headwater-int8"], None, "minilm-l6", 1, tmp_path)


def test_without_a_compiler_torch_compile_says_so(tiny, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headwater.bench.devices.shutil.which", lambda name: None)
    bundle = tiny(tmp_path / "bundle", "sentiment")
    engines, memory, left = build_on("cpu", ["headwater-fp32", "torch-compile"], bundle, "none", 1, tmp_path)
    assert list(engines) == list(memory) == ["headwater-fp32"]
    assert "needs a C++ compiler" in left["torch-compile"]
