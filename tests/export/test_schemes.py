"""Taggers of every labelling scheme give the spans that their authors meant."""

import numpy as np
import pytest
import torch

from headwater.errors import InputError
from headwater.export.checkpoint import open_checkpoint
from headwater.export.schemes import token_labels
from headwater.serving.decoding import read_spans
from tests.export.checkpoints import checkpoint

TEXT = "Ana Sousa Rui flew to Porto"  # two people side by side, one place
CASES = {
    # scheme: (labels of the checkpoint, what it says of the words, its --scheme)
    "BIO": (["O", "B-PER", "I-PER", "B-LOC", "I-LOC"], "B-PER I-PER B-PER O O B-LOC", None),
    "BIO, O last": (["I-PER", "B-PER", "I-LOC", "B-LOC", "O"], "B-PER I-PER B-PER O O B-LOC", None),
    "IOBES": (
        ["O", *(f"{mark}-{kind}" for kind in ("PER", "LOC") for mark in "BIES")], "B-PER E-PER S-PER O O S-LOC", None
    ),
    "BILOU": (
        ["O", *(f"{mark}-{kind}" for kind in ("PER", "LOC") for mark in "BILU")], "B-PER L-PER U-PER O O U-LOC", None
    ),
    "BMES, underscores": (
        ["O", *(f"{mark}_{kind}" for kind in ("PER", "LOC") for mark in "BMES")], "B_PER E_PER S_PER O O S_LOC", None
    ),
    "mark last": (["O", "PER-B", "PER-I", "LOC-B", "LOC-I"], "PER-B PER-I PER-B O O LOC-B", None),
    "IOB1": (["O", "B-PER", "I-PER", "B-LOC", "I-LOC"], "I-PER I-PER B-PER O O I-LOC", "iob1"),
    "labels for word pieces": (["O", "X", "[CLS]", "B-PER", "I-PER", "B-LOC"], "B-PER I-PER B-PER X O B-LOC", None),
}  # fmt: skip


def spans(names, marks, scheme):
    """What a checkpoint that is sure of `marks` says, through the labels and columns that it is exported with."""
    labels, columns = token_labels(names, scheme)
    logits = np.full((len(marks), len(names)), -4.0)
    logits[range(len(marks)), [names.index(mark) for mark in marks]] = 4.0
    joined = np.stack([np.logaddexp.reduce(logits[:, list(group)], axis=1) for group in columns], axis=1)
    return [(span.text, span.label) for span in read_spans(TEXT, joined, labels, 1.0)]


@pytest.mark.parametrize("case", CASES)
def test_spans_of_every_scheme(case):
    names, marks, scheme = CASES[case]
    assert spans(names, marks.split(), scheme) == [("Ana Sousa", "PER"), ("Rui", "PER"), ("Porto", "LOC")]


def test_plain_types_join_neighbours_and_parts_of_speech_do_not():
    marks = "PER PER PER O O LOC".split()
    assert spans(["O", "PER", "LOC"], marks, None) == [("Ana Sousa Rui", "PER"), ("Porto", "LOC")]
    assert token_labels(["O", "PER", "LOC"])[0] == ("O", "I-PER", "I-LOC")
    marks = "NOUN NOUN NOUN VERB ADP NOUN".split()
    found = spans(["NOUN", "VERB", "ADP"], marks, None)
    assert found == list(zip(TEXT.split(), marks, strict=True))


def test_iob1_read_as_bio_would_lose_its_names():
    names, marks, _ = CASES["IOB1"]
    assert spans(names, marks.split(), None) != [("Ana Sousa", "PER"), ("Rui", "PER"), ("Porto", "LOC")]


@pytest.mark.parametrize(
    ("names", "scheme", "said"),
    [
        (["LABEL_0", "LABEL_1"], None, "id2label"),
        (["O", "B-PER", "I-PER", "DATE"], None, "'DATE'"),
        (["O", "B-PER", "E-PER", "S-PER"], "iob1", "B- and I- only"),
        (["O", "B-PER", "I-PER"], "iob3", "iob1"),
    ],
)
def test_labels_that_say_nothing_are_refused(names, scheme, said):
    with pytest.raises(InputError, match=said):
        token_labels(names, scheme)


def test_joined_labels_have_the_sum_of_the_probabilities(tmp_path):
    names = ("O", "B-X", "I-X", "E-X", "S-X")
    opened = open_checkpoint(str(checkpoint(tmp_path, "bert", "ForTokenClassification", names)))
    assert opened.heads[0].labels == ("O", "B-X", "I-X")
    ids = torch.tensor([[3, 10, 20, 30, 4]])
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    with torch.inference_mode():
        ours = opened.model(**inputs)["entities"].softmax(-1)
        theirs = opened.model.model(**inputs).logits.softmax(-1)
    wanted = torch.stack([theirs[..., 0], theirs[..., 1] + theirs[..., 4], theirs[..., 2] + theirs[..., 3]], -1)
    torch.testing.assert_close(ours, wanted)
