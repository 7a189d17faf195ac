"""Any fine-tuned checkpoint becomes a bundle that says what the checkpoint says, character for character."""

import json

import numpy as np
import pytest
import torch
import transformers

import headwater
from headwater.errors import EncoderError, InputError
from headwater.export.checkpoint import open_checkpoint
from headwater.export.package import Labelled, export_bundle
from headwater.serving.predictor import Predictor
from headwater.spans import first_tokens
from headwater.text import clean, words
from headwater.training.runner import TorchRunner
from tests.export.checkpoints import ARCHITECTURES, TEXTS, checkpoint

SEQUENCE, TOKEN = "ForSequenceClassification", "ForTokenClassification"
TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
KINDS = {  # kind: (class, labels, settings of its config)
    "single": (SEQUENCE, ("bad", "so-so", "good"), {}),
    "pair": (SEQUENCE, ("no", "yes"), {}),
    "multi": (SEQUENCE, ("energy", "metals", "rates"), {"problem_type": "multi_label_classification"}),
    "token": (TOKEN, TAGS, {}),
    "embedding": ("Model", (), {}),
}
BUNDLES = {  # every architecture is exported, and every kind
    "bert": "pair",
    "roberta": "token",
    "distilbert": "multi",
    "deberta-v2": "token",
    "deberta-v3": "single",
    "mpnet": "embedding",
    "electra": "token",
    "xlm-roberta": "token",
}
SEGMENTS = ("bert", "electra")  # the others take no token types
NASTY = [
    "🎉🎉Ana🎉 in 👩‍👩‍👧 Porto",
    "我的卡还没有到。Ana在波尔图",
    "أين بطاقتي؟ Ana في بورتو",
    "Ana\ud800 Sousa \udfff",
    "Ana\x00Sousa\x00",
    "",
    " \t\n ",
    "ﬁne Å e\u0301té İstanbul ﷺ",
    "Ana flew to Porto. " * 5264,  # 100,000 characters
]


DROPPED = ("\u200d", "\ufffd")  # BERT gives these no token


def make(folder, architecture, kind):
    suffix, labels, settings = KINDS[kind]
    return str(checkpoint(folder, architecture, suffix, labels, **settings))


def test_the_list_of_architectures_is_whole():
    assert {"bert", "roberta", "distilbert", "deberta-v2", "deberta-v3", "mpnet", "electra", "xlm-roberta"} <= set(
        ARCHITECTURES
    )
    assert set(BUNDLES) == set(ARCHITECTURES)
    assert set(BUNDLES.values()) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_opened_checkpoint_gives_what_transformers_gives(architecture, kind, tmp_path):
    source = make(tmp_path, architecture, kind)
    opened = open_checkpoint(source, kind="pair" if kind == "pair" else None)
    (head,) = opened.heads
    assert (head.kind, head.labels) == (kind, KINDS[kind][1])
    assert [item.feature for item in opened.inputs[2:]] == (["segments.v1"] if architecture in SEGMENTS else [])
    assert (
        opened.max_length == 64
    )  # 66 positions, less two that RoBERTa's kin never use; elsewhere the tokenizer's bound
    pairs = [text[:9] for text in TEXTS] if kind == "pair" else None
    windows = opened.encoder.encode(TEXTS, pairs)
    tokenizer = transformers.AutoTokenizer.from_pretrained(source)
    names = [item.name for item in opened.inputs]
    theirs = tokenizer(list(TEXTS), pairs, padding=True, truncation=True, return_tensors="pt")
    rows = [next(i for i, window in enumerate(windows) if window.text == row) for row in range(len(TEXTS))]
    ours = opened.encoder.batch([windows[row] for row in rows])
    for name in names:
        np.testing.assert_array_equal(ours[name], theirs[name].numpy(), err_msg=name)
    found = TorchRunner(opened.model)(ours)[head.output]
    with torch.inference_mode():
        inputs = {name: theirs[name] for name in names}
        wanted = opened.model.model(**inputs)
    if kind == "embedding":
        mask = theirs["attention_mask"][..., None].float()
        mean = (wanted.last_hidden_state * mask).sum(1) / mask.sum(1)
        np.testing.assert_allclose(found, torch.nn.functional.normalize(mean).numpy(), atol=1e-5)
    else:
        np.testing.assert_allclose(found, wanted.logits.numpy(), atol=1e-5)


@pytest.mark.parametrize("architecture", BUNDLES)
def test_bundle_of_every_architecture(architecture, tmp_path):
    kind = BUNDLES[architecture]
    opened = open_checkpoint(make(tmp_path / "model", architecture, kind), kind="pair" if kind == "pair" else None)
    made, verdict = export_bundle(opened, tmp_path / "bundle", name="tiny", task="test", rows=Labelled())
    assert verdict.passed
    names = [check.name for check in verdict.checks]
    assert names[0].startswith("parity")
    assert sum(name.startswith(("int8: alone", "fp32: alone")) for name in names) == 2
    assert len([name for name in names if "mean cosine" in name]) == (2 if kind == "embedding" else 0)
    said = "Vectors have no labels" if kind == "embedding" else "Not measured: no labelled data"
    assert said in (made.folder / "card.md").read_text(encoding="utf-8")
    pairs = list(TEXTS[::-1]) if kind == "pair" else None
    head = opened.heads[0].name
    torch_logits = Predictor(opened.encoder, opened.heads, TorchRunner(opened.model)).logits(TEXTS, pairs)[head]
    for variant, tolerance in (("fp32", 1e-3), ("int8", 1.0)):  # nothing so small is rounded: int8 differs in its sums
        loaded = headwater.load(made.folder, variant=variant, workers=1)
        logits = loaded.model.predictor.logits(TEXTS, pairs)[head]
        for ours, theirs in zip(logits, torch_logits, strict=True):
            np.testing.assert_allclose(ours, theirs, atol=tolerance)
        check_answers(loaded, kind)


def check_answers(loaded, kind):
    """The nastiest texts are answered, and every offset is exact."""
    if kind == "pair":
        assert len(loaded.predict(NASTY, NASTY[::-1])) == len(NASTY)
        return
    answers = loaded.predict(NASTY)
    assert len(answers) == len(NASTY)
    if kind == "embedding":
        np.testing.assert_allclose(np.linalg.norm(answers, axis=1), 1, atol=1e-5)
    if kind == "token":
        for text, spans in zip(NASTY, answers, strict=True):
            edges = words(clean(text))
            starts, ends = {start for start, _ in edges}, {end for _, end in edges}
            assert all(span.text == text[span.start : span.end] for span in spans)
            assert all(span.start in starts and span.end in ends for span in spans)
        # No word is O (see `checkpoint`): one name or thousands, they cover the text, its last window too.
        assert sum(span.end - span.start for span in answers[-1]) > 50_000
        assert answers[-1][-1].end > 99_000


@pytest.mark.parametrize("architecture", ["bert", "roberta", "xlm-roberta"])  # WordPiece, BPE of bytes, Unigram
def test_tokens_know_their_characters(architecture, tmp_path):
    opened = open_checkpoint(make(tmp_path, architecture, "token"))
    for text in (*TEXTS, *NASTY[:4]):
        edges = [edge for edge in words(clean(text)) if clean(text)[slice(*edge)] not in DROPPED]
        windows = opened.encoder.encode([text])
        assert windows[0].offsets[:, 1].max() <= len(text)
        tokens = first_tokens(edges, windows[0].offsets)
        reached = windows[0].offsets[:, 1].max()
        for (start, _), token in zip(edges, tokens, strict=True):
            if start < reached:
                assert token >= 0
                assert windows[0].offsets[token, 0] <= start < windows[0].offsets[token, 1]


def test_the_first_token_of_each_word_speaks_for_it(tmp_path):
    opened = open_checkpoint(make(tmp_path, "xlm-roberta", "token"))
    text = "Ana flew to Porto"
    window = opened.encoder.encode([text])[0]
    tokens = [opened.tokenizer.id_to_token(int(i)) for i in window.arrays["input_ids"]]
    firsts = [tokens[i] for i in first_tokens(words(text), window.offsets)]
    assert "▁" in firsts  # a word that begins with a space by itself, which is where its label stood
    assert all(token.startswith("▁") for token in firsts), firsts


def sentence_encoder(folder, pooling, **parts):
    """A sentence-transformers folder."""
    checkpoint(folder / parts.get("where", ""), "bert", "Model")
    kinds = ["Transformer", "Pooling", *parts.get("more", ())]
    paths = {"Transformer": parts.get("where", ""), "Pooling": "1_Pooling"}
    modules = [
        {"idx": i, "name": str(i), "path": paths.get(k, k), "type": f"sentence_transformers.models.{k}"}
        for i, k in enumerate(kinds)
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 32, **pooling}))
    (folder / parts.get("where", "") / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 32}))
    return str(folder)


@pytest.mark.parametrize("where", ["", "0_Transformer"])
@pytest.mark.parametrize(
    ("mode", "pool"),
    [("cls_token", lambda s: s[0]), ("mean_tokens", lambda s: s.mean(0)), ("max_tokens", lambda s: s.amax(0))],
)
def test_sentence_encoders_are_pooled_as_they_say(mode, pool, where, tmp_path):
    settings = {f"pooling_mode_{name}": name == mode for name in ("cls_token", "mean_tokens", "max_tokens")}
    opened = open_checkpoint(sentence_encoder(tmp_path, settings, where=where, more=("Normalize",)))
    assert (opened.heads[0].kind, opened.max_length, opened.stride) == ("embedding", 32, 8)
    window, longer = opened.encoder.encode(["Where is my card?", "Shares of the lender fell"])
    ours = TorchRunner(opened.model)(opened.encoder.batch([window, longer]))["embedding"][0]
    with torch.inference_mode():
        ids = torch.from_numpy(window.arrays["input_ids"])[None]
        states = opened.model.model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[0]
    np.testing.assert_allclose(ours, torch.nn.functional.normalize(pool(states), dim=0).numpy(), atol=1e-5)


def test_sentence_encoders_that_are_more_are_refused(tmp_path):
    with pytest.raises(InputError, match="Dense"):
        open_checkpoint(sentence_encoder(tmp_path / "a", {"pooling_mode_mean_tokens": True}, more=("Dense",)))
    with pytest.raises(InputError, match="weightedmean_tokens"):
        open_checkpoint(sentence_encoder(tmp_path / "b", {"pooling_mode_weightedmean_tokens": True}))


REFUSED = {
    "one score": (SEQUENCE, {"num_labels": 1}, {}, InputError, "single score"),
    "no head": ("ForMaskedLM", {}, {}, InputError, "--kind embedding"),
    "wrong kind": (SEQUENCE, {"num_labels": 2}, {"kind": "token"}, InputError, "ForTokenClassification"),
    "unknown kind": (SEQUENCE, {"num_labels": 2}, {"kind": "spam"}, InputError, "single, multi, pair"),
    "nameless labels": (TOKEN, {"num_labels": 3}, {}, InputError, "id2label"),
    "too long": (SEQUENCE, {"num_labels": 2}, {"max_length": 65}, InputError, "16 to 64"),
    "odd name": (SEQUENCE, {"num_labels": 2}, {"head": "My head"}, InputError, "--head"),
    "scheme": (SEQUENCE, {"num_labels": 2}, {"scheme": "iob1"}, InputError, "--scheme"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_exported_is_refused(case, tmp_path):
    suffix, settings, options, error, said = REFUSED[case]
    with pytest.raises(error, match=said):
        open_checkpoint(str(checkpoint(tmp_path, "bert", suffix, **settings)), **options)


def test_weights_that_are_not_there_are_not_made_up(tmp_path):
    checkpoint(tmp_path, "bert", "Model")
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "architectures": ["BertForSequenceClassification"]}))
    with pytest.raises(EncoderError, match=r"classifier.* fine-tune it first"):
        open_checkpoint(str(tmp_path))


def test_places_without_a_checkpoint_are_named(tmp_path):
    with pytest.raises(EncoderError, match="save_pretrained"):
        open_checkpoint(str(tmp_path))
    with pytest.raises(EncoderError, match="nowhere"):
        open_checkpoint(str(tmp_path / "nowhere"))


def test_a_shorter_window_and_a_name(tmp_path):
    opened = open_checkpoint(make(tmp_path, "bert", "single"), head="tone", max_length=32)
    assert (opened.max_length, opened.stride, opened.heads[0].name, opened.heads[0].output) == (32, 8, "tone", "tone")


def test_masked_language_models_give_their_encoder_when_asked(tmp_path):
    opened = open_checkpoint(str(checkpoint(tmp_path, "bert", "ForMaskedLM")), kind="embedding")
    assert opened.heads[0].kind == "embedding"
