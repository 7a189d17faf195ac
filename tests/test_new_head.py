"""The benchmark of a taught head: what it counts, by hand, and that a killed run goes on."""

import argparse
import json
from pathlib import Path

import pytest

from headwater.spans import Span
from tests.benchmarks.extractor_figures import new_head
from tests.benchmarks.new_head import OLD, cells_of, f1, scores, summary

LOC, ORG, NEW = Span(0, 4, "LOC"), Span(5, 9, "ORG"), Span(10, 14, "product")


def test_a_new_type_in_the_place_of_an_old_one_costs_the_old_its_hit_and_is_no_wrong_find_of_it() -> None:
    gold, found = [[LOC, ORG], [LOC]], [[LOC, Span(5, 9, "product")], [LOC, NEW]]
    old = f1(scores(gold, found, OLD))
    assert (old["precision"], old["recall"]) == (1.0, pytest.approx(2 / 3))
    assert old["value"] == pytest.approx(0.8)
    new = f1(scores([[NEW], []], found, ("product",)))
    assert (new["precision"], new["recall"], new["value"]) == (0.0, 0.0, 0.0)


def size(folder: Path) -> argparse.Namespace:
    return argparse.Namespace(work=folder, draws=2, types=["product"], ways=["alone", "own", "open", "rows"])


def figures(value: float) -> dict:
    return {"new": {"value": value}, "old": {"value": 0.8}, "lost": {"value": -0.1 * value}}


def test_a_killed_run_goes_on_where_it_stood(tmp_path: Path) -> None:
    asked: list[tuple] = []

    def run(*cell: object) -> dict:
        asked.append(cell)
        if len(asked) == 4:
            raise KeyboardInterrupt
        return {"new": {"value": 0.5}} if cell[2] in ("dictionary", "prototypes") else figures(0.5)

    with pytest.raises(KeyboardInterrupt):
        cells_of(size(tmp_path), run)
    cells = cells_of(size(tmp_path), run)
    assert len(cells) == 2 * 6
    assert len(asked) == 4 + 12 - 3, "three were kept"
    assert len((tmp_path / "cells.jsonl").read_text().splitlines()) == 12


def test_means_are_over_types_and_draws_and_become_a_sentence() -> None:
    cells = []
    for way, values in (("prototypes", (0.1, 0.3)), ("alone", (0.2, 0.4)), ("own", (0.4, 0.6)), ("rows", (0.3, 0.5))):
        for draw, value in enumerate(values):
            more = {"new": {"value": value}} if way == "prototypes" else figures(value)
            cells.append({"type": "product", "draw": draw, "way": way, **more})
    ways = json.loads(json.dumps(summary(cells)))
    assert ways["own"]["new"]["value"] == pytest.approx(0.5)
    assert ways["own"]["by_type"] == {"product": pytest.approx(0.5)}
    assert ways["alone"]["change"]["value"] == pytest.approx(-0.03)
    assert "change" not in ways["prototypes"]
    said = new_head({"shots": 100, "draws": 2, "before": {"value": 0.89}, "ways": ways})
    assert "F1 0.50 on others (prototypes 0.20, without replay 0.30" in said
    assert "changes by -5.0 points where" in said
