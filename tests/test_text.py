import json
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from headwater.errors import BundleError, InputError
from headwater.text import FEATURES, Input, TextEncoder, casing, check_texts, clean, pad, words

PIECES = "[PAD] [UNK] [CLS] [SEP] the bank of london rises ##s in , . u s zurich é 市 場".split()
INPUTS = tuple(Input(feature.partition(".")[0], feature) for feature in sorted(FEATURES))
HARD = {
    "empty": "",
    "blank": " \t\n ",
    "emoji": "🎉 banks 👩‍👩‍👧 rise 🇨🇭!",
    "right to left": "بنك لندن ينمو שלום",
    "cjk": "伦敦的市場 rises上漲。",
    "combining": "Zu\u0308rich cafe\u0301 \u0301x",
    "nul": "the\0bank\0",
    "control": "\x07\x1b[0m\u200b\u2060 bank",
    "surrogate": "bank \ud83d of \udc00",
    "astral": "𝔟𝔞𝔫𝔨 of 𠀀𠀁",
    "no space": "x" * 100_000,
    "no space, words": "bank" * 25_000,
    "long": "the bank of london . " * 5_000,
    "lines": "the bank\r\nof\u2028london\x85rises",
}


def tokenizer() -> Tokenizer:
    made = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(PIECES)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return made


def byte_level(trim: bool = True) -> Tokenizer:
    """As RoBERTa cuts texts: bytes, the space before a word its own, `<pad>` is 1."""
    symbols = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE({piece: i for i, piece in enumerate(["<s>", "<pad>", "</s>", *symbols])}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.post_processor = processors.RobertaProcessing(
        ("</s>", 2), ("<s>", 0), trim_offsets=trim, add_prefix_space=False
    )
    made.enable_padding(pad_id=1, pad_token="<pad>")
    return made


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder(tokenizer(), INPUTS, 16, 4)


# What every feature gives, pinned: a change here is a new version of the feature, never an edit of these numbers.
GOLDEN = {
    "The Bank of LONDON rises": {
        "casing": [5, 1, 1, 0, 2, 0, 5], "ids": [2, 4, 5, 6, 7, 8, 3], "mask": [1] * 7, "segments": [0] * 7,
    },
    "U.S. banks in iBank, 2024": {
        # u . s . bank ##s in [UNK] , [UNK]
        "casing": [5, 2, 5, 2, 5, 0, 0, 0, 3, 5, 4, 5], "ids": [2, 13, 12, 14, 12, 5, 9, 10, 1, 11, 1, 3],
        "mask": [1] * 12, "segments": [0] * 12,
    },
    "Zu\u0308rich 市場": {"casing": [5, 1, 5, 5, 5], "ids": [2, 15, 17, 18, 3], "mask": [1] * 5, "segments": [0] * 5},
    "": {"casing": [5, 5], "ids": [2, 3], "mask": [1, 1], "segments": [0, 0]},
}  # fmt: skip


def test_there_is_a_vector_for_every_feature():
    assert {f"{name}.v1" for vectors in GOLDEN.values() for name in vectors} == set(FEATURES)


@pytest.mark.parametrize("text", GOLDEN)
def test_golden_vectors(encoder, text):
    (window,) = encoder.encode([text])
    assert {name: values.tolist() for name, values in window.arrays.items()} == GOLDEN[text]
    assert all(values.dtype == np.int64 for values in window.arrays.values())


@pytest.mark.parametrize("features", [INPUTS, INPUTS[1:]])  # with the casing of words, and without
def test_without_offsets_the_arrays_are_the_same(features):
    texts = [*HARD.values(), *GOLDEN]
    for made, pairs in ((tokenizer(), None), (tokenizer(), texts[::-1]), (byte_level(trim=False), None)):
        encoder = TextEncoder(made, features, 32, 4)
        for whole, bare in zip(encoder.encode(texts, pairs), encoder.encode(texts, pairs, offsets=False), strict=True):
            assert bare.offsets.shape == (0, 2)
            assert (whole.text, len(whole)) == (bare.text, len(bare))
            for name, values in whole.arrays.items():
                assert values.tolist() == bare.arrays[name].tolist()


def test_golden_vectors_of_a_pair(encoder):
    (window,) = encoder.encode(["The bank"], ["Of LONDON"])
    assert {name: values.tolist() for name, values in window.arrays.items()} == {
        "casing": [5, 1, 0, 5, 5, 5, 5], "ids": [2, 4, 5, 3, 6, 7, 3], "mask": [1] * 7, "segments": [0, 0, 0, 0, 1, 1, 1],
    }  # fmt: skip
    assert window.offsets.tolist() == [[0, 0], [0, 3], [4, 8], [0, 0], [0, 0], [0, 0], [0, 0]]


def test_the_space_before_a_word_does_not_change_its_casing():
    encoder = TextEncoder(byte_level(trim=False), INPUTS, 32, 4)
    (window,) = encoder.encode(["a BIG Bank"])
    # <s> a _ B I G _ B a n k </s>: the piece for a space tells the word that follows
    assert window.arrays["casing"].tolist() == [5, 0, 2, 2, 2, 2, 1, 1, 1, 1, 1, 5]


@pytest.mark.parametrize(
    ("word", "kind"),
    [("bank", 0), ("Bank", 1), ("BANK", 2), ("B", 2), ("iBank", 3), ("McBank", 3), ("2024", 4), ("B2B", 2), ("$", 5),
     ("é", 0), ("É", 2), ("市", 5), ("🎉", 5), ("", 5)],
)  # fmt: skip
def test_casing(word, kind):
    assert casing(word) == kind


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("U.S. rates", ["U", ".", "S", ".", "rates"]),
        ("don't", ["don", "'", "t"]),
        ("伦敦bank", ["伦", "敦", "bank"]),
        ("Zu\u0308rich", ["Zu\u0308rich"]),
        ("a_b", ["a", "_", "b"]),
        ("5.3%", ["5", ".", "3", "%"]),
        ("", []),
        (" \n", []),
    ],
)
def test_words(text, cut):
    assert [text[start:end] for start, end in words(text)] == cut


@given(st.text())
def test_words_cover_what_is_visible_in_order_and_once(text):
    edges = words(text)
    assert all(0 <= start < end <= len(text) for start, end in edges)
    assert all(first[1] <= second[0] for first, second in zip(edges, edges[1:], strict=False))
    inside = {at for start, end in edges for at in range(start, end)}
    assert all(text[at].isspace() for at in set(range(len(text))) - inside)


@given(st.text(alphabet=st.characters(codec=None)))
def test_cleaning_keeps_every_place(text):
    cleaned = clean(text)
    assert len(cleaned) == len(text)
    cleaned.encode()  # what a lone surrogate forbids
    assert all(old == new or "\ud800" <= old <= "\udfff" for old, new in zip(text, cleaned, strict=True))


@pytest.mark.parametrize("make", [tokenizer, byte_level])
@pytest.mark.parametrize("name", HARD)
def test_hard_texts_give_windows_with_exact_places(make, name):
    text = HARD[name]
    encoder = TextEncoder(make(), INPUTS, 16, 4)
    windows = encoder.encode([text])
    assert windows
    for window in windows:
        assert 2 <= len(window) <= 16
        assert {len(values) for values in window.arrays.values()} == {len(window)}
        assert ((window.offsets >= 0) & (window.offsets <= len(text))).all()
    if (
        make is tokenizer
    ):  # a piece that is a word of the vocabulary is written so in the text, but for case and accents
        for window in windows[:50]:
            for (start, end), piece in zip(window.offsets, window.arrays["ids"], strict=True):
                if end > start and PIECES[piece] in ("bank", "london", "rises", "the", "of"):
                    assert text[start:end].lower() == PIECES[piece]


@pytest.mark.parametrize("make", [tokenizer, byte_level])
def test_windows_leave_no_word_out_and_share_the_stride(make):
    encoder = TextEncoder(make(), INPUTS, 16, 4)
    text = "the bank of london rises in zurich , " * 30
    windows = encoder.encode([text])
    covered = np.zeros(len(text), dtype=bool)
    for window in windows:
        for start, end in window.offsets:
            covered[start:end] = True
    assert all(covered[start:end].all() for start, end in words(text))
    for first, second in zip(windows, windows[1:], strict=False):
        assert first.offsets[1:-1][-4:].tolist() == second.offsets[1:-1][:4].tolist()


def test_every_text_keeps_its_number_and_its_windows_stand_together(encoder):
    windows = encoder.encode(["", "the bank " * 20, "london"])
    assert [window.text for window in windows] == sorted(window.text for window in windows)
    assert [window.text for window in windows].count(1) > 1
    assert {window.text for window in windows} == {0, 1, 2}


def test_no_texts_no_windows(encoder):
    assert encoder.encode([]) == []


def test_a_long_pair_is_cut_and_not_multiplied(encoder):
    started = process_time()
    (window,) = encoder.encode(["the bank " * 12_000], ["of london " * 12_000])
    assert process_time() - started < 5  # all windows of one beside all of the other would be millions
    assert len(window) == 16
    segments = window.arrays["segments"].tolist()
    assert segments == sorted(segments)
    assert 5 <= sum(segments) <= 8  # each half has its share


@pytest.mark.parametrize("size", [1, 5, 20, 200, 3000])
def test_cutting_a_pair_early_changes_nothing(encoder, size):
    first, second = "the banks of london " * size, "rises in zurich"
    (window,) = encoder.encode([first], [second])
    plain = tokenizer()
    plain.enable_truncation(16, stride=4)
    assert window.arrays["ids"].tolist() == plain.encode(first[: 20 * 200], second).ids


@pytest.mark.parametrize(
    ("texts", "pairs", "message"),
    [
        (["a", None], None, "text 1: expected a string, got NoneType"),
        ([3], None, "text 0: expected a string, got int"),
        ([b"bytes"], None, "got bytes"),
        (["a"], [7], "second text 0: expected a string, got int"),
        (["a"], [], "a second text for each of 1 texts, got 0"),
        ("one text", None, "got one string"),
        (["a"], "b", "got one string"),
    ],
)
def test_what_is_no_text_is_refused(encoder, texts, pairs, message):
    for call in (check_texts, encoder.encode):
        with pytest.raises(InputError, match=message):
            call(texts, pairs)


def test_an_unknown_feature_says_which_this_version_makes():
    with pytest.raises(BundleError, match=r"'casing\.v9'.*casing\.v1.*install the newer"):
        TextEncoder(tokenizer(), [Input("x", "casing.v9")], 16, 4)


def test_a_batch_is_padded_with_the_tokenizers_own_token():
    encoder = TextEncoder(byte_level(), INPUTS, 16, 4)
    batch = encoder.batch(encoder.encode(["abc", "a"]))
    assert batch["ids"].tolist() == [[0, 67, 68, 69, 2], [0, 67, 2, 1, 1]]
    assert batch["mask"].tolist() == [[1] * 5, [1, 1, 1, 0, 0]]
    assert batch["casing"][1].tolist() == [5, 0, 5, 0, 0]
    assert TextEncoder(tokenizer(), INPUTS, 16, 4).pad_id == 0


def test_the_callers_tokenizer_stays_as_it_was():
    mine = byte_level()
    before = json.loads(mine.to_str())
    TextEncoder(mine, INPUTS, 16, 4).encode(["abc"])
    assert json.loads(mine.to_str()) == before


def test_pad():
    assert pad([np.array([1, 2]), np.array([], dtype=np.int64)], 3, 9).tolist() == [[1, 2, 9], [9, 9, 9]]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=80), max_size=5))
def test_any_texts_can_be_encoded_together_as_alone(texts):
    encoder = TextEncoder(tokenizer(), INPUTS, 16, 4)
    together = encoder.encode(texts)
    alone = [window for text in texts for window in encoder.encode([text])]
    assert [w.arrays["ids"].tolist() for w in together] == [w.arrays["ids"].tolist() for w in alone]
    assert [w.arrays["casing"].tolist() for w in together] == [w.arrays["casing"].tolist() for w in alone]
