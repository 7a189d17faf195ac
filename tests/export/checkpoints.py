"""Tiny fine-tuned checkpoints of every architecture that we promise, with random weights and a real tokenizer."""

from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

__all__ = ["ARCHITECTURES", "TEXTS", "checkpoint"]

TEXTS = (
    "Ana Sousa of Northwind Ltd flew from Porto to Osaka on 3 May 2024.",
    "Shares of the lender fell 7 % after it cut its full-year guidance.",
    "Where is my card? I have waited for two weeks, and nobody answers.",
    "我的卡还没有到。 今天 股价 上涨 了 3 %。",
    "أين بطاقتي؟ سعر السهم ارتفع اليوم.",
    "Le café à Zürich coûte 4 € 🎉🎉 et le thé 3 €.",
)
SMALL: dict[str, Any] = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64,
    "max_position_embeddings": 66, "hidden_dropout_prob": 0.1, "initializer_range": 0.5,
}  # fmt: skip
DEBERTA: dict[str, Any] = {
    **SMALL, "relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 8,
    "norm_rel_ebd": "layer_norm", "share_att_key": True, "position_biased_input": False, "type_vocab_size": 0,
}  # fmt: skip
# name -> (prefix of the classes, tokenizer, settings)
ARCHITECTURES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "bert": ("Bert", "wordpiece", SMALL),
    "roberta": ("Roberta", "bpe", {**SMALL, "type_vocab_size": 1, "pad_token_id": 1}),
    "distilbert": (
        "DistilBert", "wordpiece",
        {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64, "max_position_embeddings": 66, "initializer_range": 0.5},
    ),
    "deberta-v2": ("DebertaV2", "unigram", {**DEBERTA, "conv_kernel_size": 3, "conv_act": "gelu", "pad_token_id": 1}),
    "deberta-v3": ("DebertaV2", "unigram", {**DEBERTA, "pad_token_id": 1}),
    "mpnet": ("MPNet", "wordpiece", {**SMALL, "pad_token_id": 1}),
    "electra": ("Electra", "wordpiece", {**SMALL, "embedding_size": 16}),
    "xlm-roberta": ("XLMRoberta", "unigram", {**SMALL, "type_vocab_size": 1, "pad_token_id": 1}),
}  # fmt: skip


def wordpiece() -> Tokenizer:
    """As BERT's: cleaned, lower case, [PAD] first."""
    special = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]"]
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.train_from_iterator(
        TEXTS, trainers.WordPieceTrainer(vocab_size=250, special_tokens=special, show_progress=False)
    )
    made.post_processor = processors.BertProcessing(("[SEP]", 4), ("[CLS]", 3))
    return made


def bpe() -> Tokenizer:
    """As RoBERTa's: bytes, <pad> second."""
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        TEXTS,
        trainers.BpeTrainer(vocab_size=330, special_tokens=special, initial_alphabet=alphabet, show_progress=False),
    )
    made.post_processor = processors.RobertaProcessing(
        ("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False
    )
    return made


def unigram() -> Tokenizer:
    """As SentencePiece's: the space belongs to the word after it, <pad> second."""
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    made = Tokenizer(models.Unigram())
    made.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace("  ", " ")])
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    made.train_from_iterator(
        TEXTS, trainers.UnigramTrainer(vocab_size=200, special_tokens=special, unk_token="<unk>", show_progress=False)
    )
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return made


MAKERS = {"wordpiece": wordpiece, "bpe": bpe, "unigram": unigram}
MARKS = {"wordpiece": ("[PAD]", "[UNK]"), "bpe": ("<pad>", "<unk>"), "unigram": ("<pad>", "<unk>")}


def checkpoint(folder: Path, architecture: str, suffix: str, labels: tuple[str, ...] = (), **settings: Any) -> Path:
    """Save a random model of a class such as BertForSequenceClassification, as `save_pretrained` does.

    `suffix` is the class name after its prefix ("Model", "ForTokenClassification"); `settings` go into the config.
    """
    prefix, kind, sizes = ARCHITECTURES[architecture]
    tokenizer = MAKERS[kind]()
    if architecture == "mpnet":  # whose padding token is the second
        content = tokenizer.to_str().replace("[PAD]", "<s>").replace("[unused0]", "<pad>")
        tokenizer, pad, unknown = Tokenizer.from_str(content), "<pad>", "[UNK]"
    else:
        pad, unknown = MARKS[kind]
    named = (
        {"id2label": dict(enumerate(labels)), "label2id": {label: i for i, label in enumerate(labels)}}
        if labels
        else {}
    )
    config = getattr(transformers, f"{prefix}Config")(
        vocab_size=tokenizer.get_vocab_size(), **sizes, **named, **settings
    )
    torch.manual_seed(7)
    model = getattr(transformers, f"{prefix}{suffix}")(config).eval()
    if "O" in labels:  # else chance decides whether random weights see any name, and the trainers above are not seeded
        with torch.no_grad():
            model.classifier.bias[labels.index("O")] -= 100
    model.save_pretrained(folder)
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=pad, unk_token=unknown, model_max_length=64
    )
    fast.save_pretrained(folder)
    return folder
