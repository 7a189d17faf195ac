from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from headwater.bundle import Calibration, Head
from headwater.ui.shelf import chosen
from headwater.ui.texts import catalogue
from hub import quality
from tests.apps.conftest import open_app, words


def test_broken_bundles_are_shown_beside_the_good(shelf: Path) -> None:
    (shelf / "entities" / "bundle" / "tokenizer.json").write_text("{}")
    page = open_app("hub", "models")
    assert not page.exception
    assert "2 of 3 models are verified and ready" in words(page)
    assert "entities cannot be used" in words(page)
    assert "digest differs" in words(page)


def test_the_bundle_of_an_app_can_be_swapped(shelf: Path, home: Path, tiny: Callable) -> None:
    tiny(home / "home" / "models" / "mine" / "bundle", "sentiment", seed=4)
    page = open_app("hub", "models")
    box = page.selectbox[0]
    mine = next(number for number, option in enumerate(box.options) if option.startswith("mine"))
    box.select_index(mine).run()
    assert not page.exception
    assert chosen("support").name == "mine"
    assert chosen("monitor").name == "financial-news"


def test_what_really_runs_is_said(shelf: Path) -> None:
    page = open_app("hub", "models")
    values = [value for frame in page.dataframe for value in frame.value.astype(str).to_numpy().ravel()]
    assert "int8 on cpu, by CPUExecutionProvider" in values


def test_verify_reads_the_files_again(shelf: Path) -> None:
    page = open_app("hub", "models")
    page.button[0].click().run()
    assert not page.exception


def test_the_first_figure_is_of_the_variant_that_runs() -> None:
    accuracy = {"value": 0.93, "low": 0.92, "high": 0.94}
    variants = {
        "fp32": {"intent": Calibration(quality={"accuracy": {**accuracy, "value": 0.935}})},
        "int8": {"intent": Calibration(quality={"accuracy": accuracy, "ece": {"value": 0.02}})},
    }
    bundle = SimpleNamespace(manifest=SimpleNamespace(variants=variants))
    first = quality.first_figure(bundle, [Head("intent", "single", ("a",), "o")])
    assert (first.variant, first.metric, first.value) == ("int8", "accuracy", 0.93)
    assert [(f.metric, f.variant) for f in quality.figures(bundle)] == [
        ("accuracy", "int8"), ("accuracy", "fp32"), ("ece", "int8"),
    ]  # fmt: skip
    assert quality.first_figure(bundle, [Head("other", "single", ("a",), "o")]) is None


def test_a_model_without_figures_says_what_its_export_proved() -> None:
    heads = [Head("embedding", "embedding", (), "embedding")]
    gate = {"checks": [{"name": "int8: mean cosine", "wanted": ">= 0.99", "got": "0.9975", "passed": True}]}
    bundle = SimpleNamespace(manifest=SimpleNamespace(variants={"int8": {}}, gate=gate))
    assert quality.in_words(bundle, heads, catalogue("en")) == "the export passed the 1 check of its gate"
    assert quality.checks(bundle) == [quality.Check("int8: mean cosine", ">= 0.99", "0.9975")]
    bundle.manifest.gate = {}
    assert quality.in_words(bundle, heads, catalogue("en")) == "quality not measured"
