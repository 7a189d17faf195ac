import gc
import threading
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from headwater.errors import InputError
from headwater.serving import predictor as module
from headwater.serving.predictor import Predictor
from headwater.serving.session import Session
from headwater.text import Input, TextEncoder, clean, words
from tests.test_text import HARD
from tests.tiny import HEADS, graph, tokenizer

NAMES = ("sentiment", "entities", "topics", "vector", "same")
INPUTS = (Input("ids", "ids.v1"), Input("mask", "mask.v1"))
TEXTS = [
    "oil rose",
    "",
    "Acme Bank in London",
    "gold fell " * 60,
    "shares",
    "profit beats misses in London . " * 9,
    " ",
    "Bank",
]


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    file = tmp_path_factory.mktemp("predictor") / "model.onnx"
    file.write_bytes(graph([HEADS[name] for name in NAMES], 0))
    return Session(file)


def made(session, run=None, max_length: int = 16, stride: int = 4, **options) -> Predictor:
    encoder = TextEncoder(Tokenizer.from_str(tokenizer().decode()), INPUTS, max_length, stride)
    return Predictor(encoder, [HEADS[name] for name in NAMES], run or session, **options)


def same(first: dict, second: dict) -> None:
    assert first.keys() == second.keys()
    for name in first:
        assert len(first[name]) == len(second[name])
        for one, other in zip(first[name], second[name], strict=True):
            assert one.shape == other.shape
            np.testing.assert_allclose(one, other, atol=1e-5)


def test_logits_have_the_shapes_of_their_heads(session):
    logits = made(session).logits(TEXTS)
    assert {name: len(rows) for name, rows in logits.items()} == dict.fromkeys(NAMES, len(TEXTS))
    assert {row.shape for row in logits["sentiment"]} == {(3,)}
    assert {row.shape for row in logits["vector"]} == {(8,)}
    assert [row.shape for row in logits["entities"]] == [(len(words(text)), 5) for text in TEXTS]


def test_every_text_has_the_answer_that_it_has_alone(session):
    predictor = made(session, budget=64)
    together = predictor.logits(TEXTS)
    alone = [predictor.logits([text]) for text in TEXTS]
    same(together, {name: [logits[name][0] for logits in alone] for name in NAMES})


@pytest.mark.parametrize("budget", [1, 16, 50, 100_000])
@pytest.mark.parametrize("workers", [1, 3])
def test_neither_budget_nor_workers_change_an_answer(session, budget, workers):
    same(made(session, budget=budget, workers=workers).logits(TEXTS * 4), made(session).logits(TEXTS * 4))


@pytest.mark.parametrize(("chunk", "characters"), [(3, 10**6), (10**6, 30), (1, 1)])
def test_nor_does_the_size_of_a_chunk(session, monkeypatch, chunk, characters):
    whole = made(session).logits(TEXTS)
    monkeypatch.setattr(module, "CHUNK", chunk)
    monkeypatch.setattr(module, "CHUNK_CHARACTERS", characters)
    same(made(session).logits(TEXTS), whole)


@pytest.mark.parametrize(
    ("texts", "cuts"),
    [([], []), (["aaaa"], [(0, 1)]), (["a"] * 7, [(0, 3), (3, 6), (6, 7)]), (["aaaaaaaaa", "b", "cccc", "d"], [(0, 1), (1, 4)]),
     (["b", "aaaaaaaaa", "c"], [(0, 1), (1, 2), (2, 3)])],
)  # fmt: skip
def test_chunks_are_bounded_in_texts_and_in_characters(monkeypatch, texts, cuts):
    monkeypatch.setattr(module, "CHUNK", 3)
    monkeypatch.setattr(module, "CHUNK_CHARACTERS", 6)
    assert [(part.start, part.stop) for part in module._chunks(texts)] == cuts


def test_no_texts(session):
    assert made(session).logits([]) == {name: [] for name in NAMES}


def test_a_long_text_is_the_mean_of_its_windows_by_their_tokens(session):
    predictor, text = made(session), "gold fell in London " * 30
    windows = predictor.encoder.encode([text])
    assert len(windows) > 5
    weights = np.array([len(window) for window in windows], dtype=float)
    assert len(set(weights)) > 1  # the last is shorter, so weights matter
    outputs = [session({name: values[None] for name, values in window.arrays.items()}) for window in windows]
    for name in ("sentiment", "vector"):
        wanted = sum(w * out[name][0] for w, out in zip(weights, outputs, strict=True)) / weights.sum()
        np.testing.assert_allclose(predictor.logits([text])[name][0], wanted, atol=1e-5)


def place_and_number() -> object:
    """A runner that tells, for each token, its place in the window: (rows, tokens, 5)."""

    def run(arrays):
        rows, tokens = arrays["ids"].shape
        places = np.tile(np.arange(tokens, dtype=np.float32), (rows, 1))
        document = {
            name: np.zeros((rows, len(HEADS[name].labels) or 8), dtype=np.float32)
            for name in NAMES
            if name != "entities"
        }
        return document | {"entities": np.repeat(places[..., None], 5, axis=2)}

    return run


def test_a_word_is_read_where_it_stands_farthest_from_an_edge(session):
    predictor = made(session, place_and_number(), max_length=12, stride=6)  # windows of 10 words, 6 shared
    text = " ".join(["oil"] * 18)  # words 0-9, 4-13, 8-17
    (found,) = predictor.logits([text])["entities"]
    # By hand: word w stands at token w + 1, w - 3 or w - 7; the middle of 12 tokens is 5.5; a tie goes to the earlier.
    wanted = []
    for word in range(18):
        places = [word + 1 - 4 * window for window in range(3) if 0 <= word - 4 * window < 10]
        wanted.append(max(places, key=lambda place: min(place, 11 - place)))
    assert found[:, 0].tolist() == wanted


def test_a_word_without_a_token_is_outside(session):
    text = "oil \x00 rose"
    bert = TextEncoder(_normalised(), INPUTS, 16, 4)
    (found,) = Predictor(bert, [HEADS["entities"]], session).logits([text])["entities"]
    assert len(found) == 3 == len(words(text))
    assert found[1].tolist() == [0.0, -30.0, -30.0, -30.0, -30.0]
    assert found[0].tolist() != found[1].tolist()


def _normalised() -> Tokenizer:
    from tokenizers import normalizers

    made = Tokenizer.from_str(tokenizer().decode())
    made.normalizer = normalizers.BertNormalizer(lowercase=False)  # drops control signs
    return made


@pytest.mark.parametrize("name", HARD)
def test_hard_texts_have_as_many_rows_as_words(session, name):
    started = process_time()
    logits = made(session).logits([HARD[name], "oil rose"])
    assert logits["entities"][0].shape == (len(words(clean(HARD[name]))), 5)
    assert all(np.isfinite(row).all() for rows in logits.values() for row in rows)
    assert process_time() - started < 20


def test_a_pair_is_read_as_one(session):
    predictor = made(session)
    logits = predictor.logits(["oil rose", "gold"], ["oil fell", "Acme"])
    ids = predictor.encoder.encode(["oil rose"], ["oil fell"])[0].arrays["ids"]
    wanted = session({"ids": ids[None], "mask": np.ones((1, len(ids)), dtype=np.int64)})["same"][0]
    np.testing.assert_allclose(logits["same"][0], wanted, atol=1e-6)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["a", None], "text 1: expected a string, got NoneType"),
        ([*["a"] * 5000, 7], "text 5000"),
        ("text", "got one string"),
    ],
)
def test_what_is_no_text_is_refused_before_anything_runs(session, texts, message):
    def run(arrays):
        raise AssertionError("nothing may run")

    with pytest.raises(InputError, match=message):
        made(session, run).logits(texts)


def test_an_error_of_the_runner_reaches_the_caller_from_a_thread(session):
    def run(arrays):
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        made(session, run, workers=2, budget=8).logits(TEXTS)


def test_one_predictor_serves_many_threads(session):
    predictor, wanted, found = made(session, workers=2, budget=32), made(session).logits(TEXTS), []

    def work():
        found.append([predictor.logits(TEXTS) for _ in range(5)])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for results in found:
        for logits in results:
            same(logits, wanted)


def test_the_threads_of_a_predictor_end_with_it(session):
    def running() -> int:
        return sum(thread.name.startswith("headwater") for thread in threading.enumerate())

    gc.collect()
    before = running()
    predictor = made(session, workers=3, budget=8)
    predictor.logits(TEXTS * 3)
    assert running() > before
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("headwater")]
    del predictor
    gc.collect()
    for thread in threads:
        thread.join(timeout=10)
    assert running() <= before


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text(max_size=120), max_size=6), st.integers(1, 80))
def test_any_texts_in_any_company(session, texts, budget):
    together = made(session, budget=budget).logits(texts)
    assert [len(row) for row in together["entities"]] == [len(words(clean(text))) for text in texts]
    same(together, {n: [made(session).logits([text])[n][0] for text in texts] for n in NAMES})
