import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight

from headwater.bundle import Head
from headwater.data.example import Example
from headwater.spans import Span, bio_labels
from headwater.text import Input, TextEncoder
from headwater.training.features import Collator, WindowDataset, class_weights
from headwater.training.tokenizer import fast_tokenizer
from headwater.training.trainer import LengthGroups
from tests.tiny_encoder import headlines

TONE = Head("tone", "single", ("bad", "good"), "tone")
TOPICS = Head("topics", "multi", ("oil", "gold"), "topics")
NAMES = Head("names", "token", bio_labels(["LOC", "ORG"]), "names")
INPUTS = (Input("input_ids", "ids.v1"), Input("attention_mask", "mask.v1"))


@pytest.fixture(scope="module")
def encoder(encoder_path) -> TextEncoder:
    return TextEncoder(fast_tokenizer(str(encoder_path)), INPUTS, 16, 4)


def example(text: str, **targets) -> Example:
    return Example(text, targets=targets)


def test_only_the_first_token_of_a_word_is_labelled(encoder):
    row = example("acme zq london", names=(Span(0, 4, "ORG"), Span(8, 14, "LOC")))
    (item,) = WindowDataset([row], encoder, [NAMES])
    # [CLS] acme z ##q london [SEP]
    assert item["targets"]["names"].tolist() == [-100, 3, 0, -100, 1, -100]


def test_a_row_that_lacks_a_label_is_marked_as_such(encoder):
    items = WindowDataset(
        [example("acme", tone="good"), example("acme", topics=("gold",))], encoder, [TONE, TOPICS, NAMES]
    )
    first, second = (item["targets"] for item in items)
    assert first["tone"] == 1
    assert second["tone"] == -100
    assert np.isnan(first["topics"]).all()
    assert second["topics"].tolist() == [0.0, 1.0]
    assert (first["names"] == -100).all()


def test_a_long_text_gives_all_its_windows_to_a_token_head_and_one_to_others(encoder):
    text = " ".join(["acme rises in"] * 20)
    spans = tuple(Span(at, at + 4, "ORG") for at in range(0, len(text), 14))
    many = WindowDataset([example(text, names=spans)], encoder, [NAMES])
    assert len(many) > 3
    assert len(WindowDataset([example(text, tone="bad")], encoder, [TONE])) == 1
    ids = {token: encoder.tokenizer.token_to_id(token) for token in ("acme", "rises", "in")}
    for item in many:  # every window labels each of its words as the whole text does
        for token, label in zip(item["window"].arrays["input_ids"][1:-1], item["targets"]["names"][1:-1], strict=True):
            assert label == (3 if token == ids["acme"] else 0)


def test_a_row_may_be_seen_more_than_once(encoder):
    rows = [Example("acme", targets={"tone": "good"}, repeat=3), example("london", tone="bad")]
    assert [int(item["targets"]["tone"]) for item in WindowDataset(rows, encoder, [TONE])] == [1, 1, 1, 0]


def test_a_pair_marks_its_second_text(encoder_path):
    inputs = (*INPUTS, Input("token_type_ids", "segments.v1"))
    pairs = TextEncoder(fast_tokenizer(str(encoder_path)), inputs, 16, 4)
    same = Head("same", "pair", ("no", "yes"), "same")
    rows = [Example("acme rises", "acme gains", {"same": "yes"}), Example("acme", None, {"same": "no"})]
    first, second = WindowDataset(rows, pairs, [same])
    assert first["window"].arrays["token_type_ids"].tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert second["window"].arrays["token_type_ids"].tolist() == [0, 0, 0, 1]
    assert (first["targets"]["same"], second["targets"]["same"]) == (1, 0)


def test_a_batch_is_padded_to_its_own_longest_row(encoder):
    rows = [example("acme", tone="good", names=()), example("acme rises in london", tone="bad", names=())]
    batch = Collator(encoder, [TONE, NAMES], lacks=True)(list(WindowDataset(rows, encoder, [TONE, NAMES])))
    assert batch["input_ids"].shape == (2, 6)
    assert batch["attention_mask"].sum(1).tolist() == [3, 6]
    assert batch["targets"]["tone"].tolist() == [1, 0]
    assert batch["targets"]["names"].tolist() == [[-100, 0, -100, -100, -100, -100], [-100, 0, 0, 0, 0, -100]]
    assert batch["targets"]["names.lacks"].shape == (2, 5)
    assert batch["targets"]["names"].dtype == torch.int64


def test_lacking_types_are_kept_by_row(encoder):
    rows = [Example("acme", targets={"names": ()}, lacks=("ORG",)), example("acme", names=())]
    batch = Collator(encoder, [NAMES], lacks=True)(list(WindowDataset(rows, encoder, [NAMES])))
    assert batch["targets"]["names.lacks"].tolist() == [[False, False, False, True, True], [False] * 5]


def test_word_dropout_hides_words_and_nothing_else(encoder):
    items = list(WindowDataset([example("acme rises in london", tone="bad")] * 200, encoder, [TONE]))
    torch.manual_seed(0)
    ids = Collator(encoder, [TONE], lacks=False, word_dropout=0.25)(items)["input_ids"]
    mask = encoder.tokenizer.token_to_id("[MASK]")
    assert not (ids[:, [0, -1]] == mask).any()
    assert float((ids[:, 1:-1] == mask).float().mean()) == pytest.approx(0.25, abs=0.04)
    assert items[0]["window"].arrays["input_ids"].tolist().count(mask) == 0  # the rows themselves stay whole


def test_balanced_weights_are_scikit_learns():
    labels = ["bad"] * 6 + ["good"] * 2
    got = class_weights(TONE, [example("x", tone=label) for label in labels] + [example("unlabelled")])
    assert got == pytest.approx(compute_class_weight("balanced", classes=np.array(["bad", "good"]), y=labels).tolist())


def test_a_label_that_never_occurs_weighs_one():
    assert class_weights(TONE, [example("x", tone="bad")] * 5) == [1.0, 1.0]


def test_balanced_weights_of_words_leave_unlabelled_rows_out():
    rows = [example("acme in london", names=(Span(0, 4, "ORG"),)), example("not labelled at all")]
    # O O B-ORG over two labels that occur: 3 / (2 x 2) and 3 / (2 x 1)
    assert class_weights(NAMES, rows) == [0.75, 1.0, 1.0, 1.5, 1.0]


def test_weights_of_label_sets_stay_within_bounds():
    rows = [example("x", topics=("oil",))] * 500
    assert class_weights(TOPICS, rows) == [0.01, 100.0]
    assert class_weights(TOPICS, rows[:1] + [example("y", topics=())] * 3) == [3.0, 4.0]


def test_length_groups_hold_every_row_once_in_an_order_of_the_epochs_own():
    draw = np.random.default_rng(0)
    lengths = draw.integers(3, 60, size=400).tolist()
    groups = LengthGroups(lengths, batch_size=8, seed=13)
    first, again = list(groups), list(groups)
    groups.set_epoch(1)
    second = list(groups)
    assert sorted(first) == sorted(second) == list(range(400)) == list(range(len(groups)))
    assert first == again != second
    spread = np.mean([np.ptp([lengths[i] for i in first[at : at + 8]]) for at in range(0, 400, 8)])
    assert spread < 0.25 * np.mean([np.ptp(lengths[at : at + 8]) for at in range(0, 400, 8)])


def test_a_long_text_costs_no_more_a_word_than_a_short_one(encoder):
    """Quadratic work over words and windows once took minutes for one text of 100,000 characters."""
    from time import process_time

    text = "acme rises in london " * 4000  # 16,000 words, 1,300 windows
    started = process_time()
    items = WindowDataset([example(text, names=(Span(0, 4, "ORG"),))], encoder, [NAMES])
    assert len(items) > 1000
    assert process_time() - started < 10


def test_the_synthetic_rows_are_what_they_say():
    rows = headlines(50)
    assert rows == headlines(50) != headlines(50, seed=1)
    spans = [(row["text"][e["start"] : e["end"]], e["type"]) for row in rows for e in row["entities"]]
    assert {("acme", "ORG"), ("london", "LOC")} <= set(spans)
