"""What a bundle says of itself, in rows that a page can show."""

from collections.abc import Sequence
from dataclasses import dataclass

from headwater.bundle import Bundle, Head
from headwater.ui.formats import within
from headwater.ui.texts import Catalogue

__all__ = ["Check", "Figure", "checks", "figures", "first_figure", "in_words", "weight"]

FIRST = ("accuracy", "span_f1", "macro_f1")  # the figure that stands for a model, where it was measured


@dataclass(frozen=True)
class Figure:
    """One metric of one head under one variant, with its interval."""

    head: str
    variant: str
    metric: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Check:
    """What the export's gate wanted, and what it got."""

    name: str
    wanted: str
    got: str


def checks(bundle: Bundle) -> list[Check]:
    """Every check that the export passed; all that is known of an encoder's quality, which has no labels to get right."""
    return [Check(entry["name"], entry["wanted"], entry["got"]) for entry in bundle.manifest.gate.get("checks", [])]


def figures(bundle: Bundle) -> list[Figure]:
    """Every measured figure, by head and metric, what counts most first, and of each metric int8 first."""
    found = [
        Figure(
            head, variant, metric, entry["value"], entry.get("low", entry["value"]), entry.get("high", entry["value"])
        )
        for variant, heads in bundle.manifest.variants.items()
        for head, calibration in heads.items()
        for metric, entry in calibration.quality.items()
        if "value" in entry
    ]
    return sorted(found, key=lambda figure: (figure.head, _rank(figure.metric), figure.variant != "int8"))


def _rank(metric: str) -> tuple[int, str]:
    return (FIRST.index(metric) if metric in FIRST else len(FIRST)), metric


def first_figure(bundle: Bundle, heads: Sequence[Head]) -> Figure | None:
    """The one figure to show in a line: of the first head, int8 where it was measured."""
    every = [figure for figure in figures(bundle) if figure.head == heads[0].name]
    for metric in FIRST:
        named = [figure for figure in every if figure.metric == metric]
        if named:
            return next((figure for figure in named if figure.variant == "int8"), named[0])
    return None


def in_words(bundle: Bundle, heads: Sequence[Head], t: Catalogue) -> str:
    """The first figure as words (accuracy 93.4 % (92.5 – 94.3), 95 % interval), or what was proved without one."""
    figure = first_figure(bundle, heads)
    if figure is not None:
        name = t.get(f"metric.{figure.metric}", figure.metric)
        return t("models.measured", metric=name, value=within(figure.value, figure.low, figure.high))
    passed = checks(bundle)
    return t.count("models.proved", len(passed)) if passed else t("models.unmeasured")


def weight(bundle: Bundle) -> int:
    """Bytes of all the bundle's files."""
    return sum((bundle.folder / name).stat().st_size for name in bundle.manifest.files)
