"""Transitions of a CRF: its likelihood against every sequence written out, its gain where labels follow labels, its way to the server."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch

import headwater
from headwater.bundle import open_bundle, write_bundle
from headwater.data.example import Example
from headwater.errors import RecipeError
from headwater.evaluation import evaluate_head
from headwater.export.package import Exportable, _with_transitions
from headwater.export.transitions import FAR, _loss, fit_transitions, head_transitions
from headwater.recipe import parse_recipe
from headwater.serving.decoding import read_spans
from headwater.spans import Span, bio_labels, decode, rules
from tests.tiny import HEADS, tiny_bundle

LABELS = bio_labels(["LOC"])
DATA = {"train": ["a.jsonl"], "validation": 0.1, "calibration": 0.1, "test": ["b.jsonl"]}


def every(labels, scores, transitions):
    """Each sequence that may stand, with its score."""
    start, allowed = rules(tuple(labels), transitions)
    for path in product(range(len(labels)), repeat=len(scores)):
        total = start[path[0]] + scores[0, path[0]]
        total += sum(allowed[a, b] + scores[i + 1, b] for i, (a, b) in enumerate(zip(path, path[1:], strict=False)))
        if np.isfinite(total):
            yield path, total


@pytest.mark.parametrize("seed", range(5))
def test_the_best_sequence_is_the_best_of_all(seed):
    draw = np.random.default_rng(seed)
    scores, learnt = draw.normal(size=(5, 3)), tuple(map(tuple, draw.normal(size=(4, 3))))
    best = max(every(LABELS, scores, learnt), key=lambda entry: entry[1])[0]
    assert decode(scores, LABELS, learnt) == list(best)


def test_the_loss_and_its_slope_by_every_sequence():
    draw = np.random.default_rng(3)
    learnt = draw.normal(size=(4, 3))
    start, allowed = rules(LABELS)
    rule = np.maximum(np.concatenate([start[None], allowed]), FAR)
    long, short, gold = draw.normal(size=(4, 3)), draw.normal(size=(2, 3)), [(1, 2, 0, 1), (0, 1)]
    wanted = 0.0
    for scores, path in ((long, gold[0]), (short, gold[1])):
        found = dict(every(LABELS, scores, tuple(map(tuple, learnt))))
        wanted += np.log(np.exp(list(found.values())).sum()) - found[path]
    batch = np.zeros((2, 4, 3)), np.zeros((2, 4), dtype=int), np.zeros((2, 4), dtype=bool)
    for row, (scores, path) in enumerate(((long, gold[0]), (short, gold[1]))):
        batch[0][row, : len(path)], batch[1][row, : len(path)], batch[2][row, : len(path)] = scores, path, True
    loss, slope = _loss(rule + learnt, *batch)
    assert loss == pytest.approx(wanted)
    step = 1e-5 * draw.normal(size=learnt.shape)
    ahead, behind = (_loss(rule + learnt + sign * step, *batch)[0] for sign in (1, -1))
    assert (ahead - behind) / 2 == pytest.approx((slope * step).sum(), rel=1e-4)


def weather(draw, texts):
    """Names of two words, of whose second word the logits know little: only its place behind a first one tells."""
    rows, logits = [], []
    for _ in range(texts):
        name = draw.random(4) < 0.5
        words, spans, scores, at = [], [], [], 0
        for named in name:
            count = 2 if named else 1
            if named:
                spans.append(Span(at, at + 7, "LOC"))
            words += ["abc"] * count
            scores += [[0.0, 3.0, -1.0], [1.0, -1.0, 0.4]] if named else [[2.0, 0.0, 0.5]]
            at += 4 * count
        rows.append(Example(" ".join(words), None, {"places": tuple(spans)}))
        logits.append(np.array(scores) + draw.normal(scale=0.3, size=(len(scores), 3)))
    return rows, logits


def test_what_follows_what_is_learnt():
    head = replace(HEADS["entities"], name="places", labels=LABELS)
    draw = np.random.default_rng(0)
    learnt = replace(head, transitions=head_transitions(head, *weather(draw, 60)))
    rows, logits = weather(draw, 60)
    before, after = (evaluate_head(one, rows, logits).metrics["span_f1"].value for one in (head, learnt))
    assert before < 0.5
    assert after > 0.95
    assert learnt.transitions[1][2] == 0  # O -> I- is forbidden, and has no score


def test_a_stiff_penalty_leaves_the_rules_alone():
    _, logits = weather(np.random.default_rng(1), 20)
    gold = [[0] * len(row) for row in logits]
    assert np.abs(fit_transitions(LABELS, logits, gold, penalty=1e9)).max() < 1e-4


def test_an_export_learns_them_where_the_recipe_asks(tmp_path):
    model = headwater.load(tiny_bundle(tmp_path / "plain", "entities").folder).model
    texts = ["Acme Bank beats", "oil in London", "gold rose"] * 20
    rows = [Example(text, None, {"entities": (Span(0, 4, "ORG"),)}) for text in texts]
    source = Exportable(torch.nn.Identity(), None, model.heads, (), 32, 4)
    for decoder, learnt in (("viterbi", False), ("crf", True)):
        head = {"name": "entities", "kind": "token", "labels": ["LOC", "ORG"], "decoder": decoder}
        recipe = parse_recipe(
            {"name": "names", "task": "tagging", "encoder": "minilm-l6", "heads": [head], "data": DATA}
        )
        (found,) = _with_transitions(source, model.predictor, rows, recipe).heads
        assert bool(found.transitions) == learnt
        assert replace(found, transitions=()) == model.heads[0]


def test_other_heads_have_no_decoder():
    head = {"name": "tone", "kind": "single", "decoder": "crf"}
    with pytest.raises(RecipeError, match=r"heads.tone.decoder: expected on a token head, got kind 'single'"):
        parse_recipe({"name": "n", "task": "classification", "encoder": "minilm-l6", "heads": [head], "data": DATA})


def test_a_bundle_keeps_them_and_its_server_uses_them(tmp_path):
    plain = tiny_bundle(tmp_path / "plain", "entities")
    learnt = tuple(map(tuple, np.random.default_rng(2).normal(scale=3, size=(6, 5)).round(3).tolist()))
    head = replace(HEADS["entities"], transitions=learnt)
    files = {name: (plain.folder / name).read_bytes() for name in plain.manifest.files}
    write_bundle(tmp_path / "crf", replace(plain.manifest, heads=(head,)), files)
    assert open_bundle(tmp_path / "crf").head() == head
    tagger, text = headwater.load(tmp_path / "crf"), "Acme Bank profit beats oil in London"
    (logits,) = tagger.model.predictor.logits([text])["entities"]
    assert tagger.predict([text])[0] == read_spans(text, logits, head.labels, 1.0, transitions=learnt)
    assert tagger.predict([text]) != headwater.load(plain.folder).predict([text])
