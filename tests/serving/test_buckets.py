"""Padding to few shapes: by hand, and that nobody can tell from the answers."""

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from headwater.api.service import _lane
from headwater.serving import buckets as module
from headwater.serving.batching import token_batches
from headwater.serving.buckets import Bucketed, Buckets, bucket_lengths, buckets_for, declared, fill_up
from headwater.serving.model import Model
from headwater.serving.predictor import Predictor
from headwater.serving.session import Session
from headwater.text import Input, TextEncoder
from tests.tiny import HEADS, graph, tokenizer

NAMES = ("sentiment", "entities", "topics", "vector")
FILL = {"ids": 0, "mask": 0}


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    file = tmp_path_factory.mktemp("buckets") / "model.onnx"
    file.write_bytes(graph([HEADS[name] for name in NAMES], 0))
    return Session(file)


def test_the_examples_run():
    assert doctest.testmod(module) == (0, 2)


def test_widths_and_heights_by_hand():
    shapes = Buckets((16, 32, 100), 64)
    assert [shapes.width(n) for n in (1, 16, 17, 33, 100, 101)] == [16, 16, 32, 100, 100, 101]
    assert [shapes.height(n) for n in (1, 2, 3, 4, 5, 33, 64)] == [1, 2, 4, 4, 8, 64, 64]
    assert Buckets((16,)).height(5) == 5


@pytest.mark.parametrize(("longest", "lengths"), [(8, (8,)), (16, (16,)), (17, (16, 17)), (128, (16, 32, 64, 128))])
def test_lengths_end_at_the_window(longest, lengths):
    assert bucket_lengths(longest) == lengths


def test_only_a_gpu_asks_for_shapes():
    assert buckets_for("cpu", 128) is None
    assert buckets_for("cuda", 64) == Buckets((16, 32, 64), 256)
    assert buckets_for("tensorrt", 64) == Buckets((16, 32, 64), 64)


@pytest.mark.parametrize(
    ("text", "lengths"),
    [("16 32 128", (16, 32, 128)), ("", None), (None, None), ("32 16", None), ("16 x", None), ("0 16", None), ("16  32", None), ("9999999", None)],
)  # fmt: skip
def test_a_server_may_ask_for_lengths(text, lengths):
    assert declared(text) == (None if lengths is None else Buckets(lengths))


def test_filling_up_by_hand():
    full = fill_up({"ids": np.array([[5, 6], [7, 0]]), "mask": np.array([[1, 1], [1, 0]])}, 4, 3, {"ids": 9})
    assert full["ids"].tolist() == [[5, 6, 9], [7, 0, 9], [5, 6, 9], [5, 6, 9]]
    assert full["mask"].tolist() == [[1, 1, 0], [1, 0, 0], [1, 1, 0], [1, 1, 0]]


def batch(lengths):
    draw = np.random.default_rng(sum(lengths))
    ids = np.zeros((len(lengths), max(lengths)), np.int64)
    for row, length in enumerate(lengths):
        ids[row, :length] = draw.integers(1, 12, length)
    return {"ids": ids, "mask": (np.arange(max(lengths)) < np.array(lengths)[:, None]).astype(np.int64)}


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=21))
def test_no_answer_changes_and_few_shapes_are_met(session, lengths):
    met = []

    def run(arrays):
        met.extend(values.shape for values in arrays.values())
        return session(arrays)

    arrays = batch(lengths)
    wanted, found = session(arrays), Bucketed(run, Buckets((16, 32, 40), 8), FILL, ["entities"])(arrays)
    assert {tokens for _, tokens in met} <= {16, 32, 40}
    assert {rows for rows, _ in met} <= {1, 2, 4, 8}
    for name, values in wanted.items():
        assert found[name].shape == values.shape
        # sums over tokens are taken in another order where there are more of them: the last bits of a float
        np.testing.assert_allclose(found[name], values, rtol=0, atol=1e-5)


def test_rows_alone_change_no_bit(session):
    """More rows are no other sums: the same lengths give the same bits."""
    arrays = batch([16, 9, 3])
    wanted, found = session(arrays), Bucketed(session, Buckets((16,), 64), FILL, ["entities"])(arrays)
    for name, values in wanted.items():
        np.testing.assert_array_equal(found[name], values)


def test_a_predictor_answers_the_same_and_fills_its_batches(session):
    encoder = TextEncoder(
        Tokenizer.from_str(tokenizer().decode()), (Input("ids", "ids.v1"), Input("mask", "mask.v1")), 32, 4
    )
    heads, shapes, met = [HEADS[name] for name in NAMES], Buckets((16, 32), 8), []

    def run(arrays):
        met.append(arrays["ids"].shape)
        return session(arrays)

    texts = ["oil rose", "Acme Bank in London", "gold fell " * 12, "", "profit beats misses in London . " * 9] * 5
    plain = Predictor(encoder, heads, session).logits(texts)
    run_few = Bucketed(run, shapes, encoder.fill, ["entities"])
    found = Predictor(encoder, heads, run_few, budget=128, width=shapes.width).logits(texts)
    assert {tokens for _, tokens in met} == {16, 32}
    assert {rows for rows, _ in met} <= {1, 2, 4, 8}
    assert {(4, 32), (8, 16)} <= set(met), "full batches of both lengths"
    assert all(rows * tokens <= 128 for rows, tokens in met), "the budget counts what is really run"
    for name, rows in plain.items():
        for one, other in zip(rows, found[name], strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)


class Elsewhere:
    """A session of this machine that says it stands on another device."""

    def __init__(self, session, device, config=()):
        self.session, self.device, self.config, self.provider = session, device, dict(config), "test"
        self.shapes, self.met = session.shapes, set()

    def __call__(self, arrays):
        self.met.add(next(iter(arrays.values())).shape)
        return self.session(arrays)


@pytest.mark.parametrize(
    ("device", "config", "lengths"),
    [("cpu", {}, None), ("cuda", {}, {16, 32}), ("tensorrt", {}, {16, 32}), ("remote", {}, None), ("remote", {"lengths": "8 24 32"}, {8, 24})],
)  # fmt: skip
def test_a_model_pads_where_its_device_or_its_server_asks(tiny, tmp_path, device, config, lengths):
    bundle = tiny(tmp_path / "bundle", "sentiment", "entities")
    texts = [
        "oil rose",
        "Acme Bank in London",
        "gold fell in London and oil rose and shares fell . profit beats misses oil rose gold",
    ]
    wanted = Model(bundle, "fp32", Session(bundle.model)).predict_heads(texts)
    session = Elsewhere(Session(bundle.model), device, config)
    model = Model(bundle, "fp32", session, budget=32)
    found = model.predict_heads(texts)
    assert found["entities"] == wanted["entities"]
    assert [row.label for row in found["sentiment"]] == [row.label for row in wanted["sentiment"]]
    assert _lane(model).run is model.run
    if lengths is None:
        assert model.run is session
    else:
        assert {tokens for _, tokens in session.met} == lengths


def test_batches_are_cut_by_the_width_that_they_are_padded_to():
    assert list(token_batches([3, 9, 4], budget=32, width=Buckets((16,)).width)) == [[1, 2], [0]]
