import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from headwater.bundle import Head
from headwater.errors import TrainingError
from headwater.spans import bio_labels
from headwater.text import Input
from headwater.training.modeling import HeadwaterConfig, HeadwaterModel, build_model
from headwater.training.runner import TorchRunner, load_trained

TONE = Head("tone", "single", ("bad", "good", "flat"), "tone")
TOPICS = Head("topics", "multi", ("oil", "gold"), "topics")
NAMES = Head("names", "token", bio_labels(["LOC", "ORG"]), "names")
VECTOR = Head("vector", "embedding", (), "vector")
INPUTS = (Input("input_ids", "ids.v1"), Input("attention_mask", "mask.v1"))
IDS = torch.tensor([[2, 10, 11, 3], [2, 12, 3, 0], [2, 13, 14, 3]])
BATCH = {"input_ids": IDS, "attention_mask": (IDS > 0).long()}
NO_TOKENS = torch.full((3, 4), -100)


def model(folder: Path, *heads: Head, casing: bool = False, **options) -> HeadwaterModel:
    torch.manual_seed(7)
    return build_model(str(folder), heads, INPUTS, casing=casing, **options).eval()


def gradient(module: torch.nn.Module) -> float:
    return sum(float(p.grad.abs().sum()) for p in module.parameters() if p.grad is not None)


def test_heads_of_all_kinds_read_one_encoder_in_one_pass(encoder_path):
    outputs = model(encoder_path, TONE, TOPICS, NAMES, VECTOR)(**BATCH)
    assert {name: tuple(values.shape) for name, values in outputs.items()} == {
        "tone": (3, 3), "topics": (3, 2), "names": (3, 4, 5), "vector": (3, 32),
    }  # fmt: skip
    assert torch.allclose(outputs["vector"].norm(dim=-1), torch.ones(3), atol=1e-6)


def test_padding_changes_no_output(encoder_path):
    made = model(encoder_path, TONE, NAMES, VECTOR)
    longer = {name: functional.pad(values, (0, 5)) for name, values in BATCH.items()}
    short, long = made(**BATCH), made(**longer)
    for name in ("tone", "vector"):
        assert torch.allclose(short[name], long[name], atol=1e-5)
    assert torch.allclose(short["names"][1, :3], long["names"][1, :3], atol=1e-5)


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_pooling_reads_the_real_tokens_only(encoder_path, pooling):
    made = model(encoder_path, TONE, pooling=pooling)
    states = torch.arange(24, dtype=torch.float32).reshape(1, 4, 6)
    pooled = made.pool(states, torch.tensor([[1, 1, 0, 0]]))
    assert torch.equal(pooled, states[:, :2].mean(1) if pooling == "mean" else states[:, 0])


def test_a_head_without_labels_in_the_batch_gets_no_gradient(encoder_path):
    made = model(encoder_path, TONE, TOPICS, NAMES)
    targets = {"tone": torch.tensor([-100, 1, -100]), "topics": torch.full((3, 2), float("nan")), "names": NO_TOKENS}
    made(**BATCH, targets=targets)["loss"].backward()
    assert gradient(made.heads["tone"]) > 0
    assert gradient(made.encoder) > 0
    assert gradient(made.heads["topics"]) == gradient(made.heads["names"]) == 0.0


def test_the_loss_is_the_mean_over_labelled_rows_summed_over_heads_by_weight(encoder_path):
    made = model(encoder_path, TONE, TOPICS, NAMES, weights={"names": 0.5, "tone": 2.0})
    names = NO_TOKENS.clone()
    names[0, 1], names[2, 2] = 1, 0
    topics = torch.tensor([[float("nan")] * 2, [1.0, 0.0], [float("nan")] * 2])
    got = made(**BATCH, targets={"tone": torch.tensor([0, -100, 2]), "topics": topics, "names": names})
    tone = -(got["tone"][0].log_softmax(-1)[0] + got["tone"][2].log_softmax(-1)[2]) / 2
    token = -(got["names"][0, 1].log_softmax(-1)[1] + got["names"][2, 2].log_softmax(-1)[0]) / 2
    multi = -(functional.logsigmoid(got["topics"][1, 0]) + functional.logsigmoid(-got["topics"][1, 1])) / 2
    assert got["loss"].item() == pytest.approx((2.0 * tone + 0.5 * token + multi).item(), rel=1e-5)


def test_a_batch_without_any_label_has_a_loss_of_zero_that_can_be_stepped(encoder_path):
    made = model(encoder_path, TONE, NAMES)
    loss = made(**BATCH, targets={"tone": torch.full((3,), -100), "names": NO_TOKENS})["loss"]
    loss.backward()
    assert loss.item() == 0.0
    assert gradient(made) == 0.0


def test_an_o_of_a_set_that_lacks_a_type_is_o_or_that_type(encoder_path):
    made = model(encoder_path, NAMES)
    target = NO_TOKENS.clone()
    target[0, 1], target[0, 2], target[1, 1] = 0, 1, 0  # O, B-LOC, and the O of a row that lacks nothing
    lacks = torch.zeros(3, 5, dtype=torch.bool)
    lacks[0, 3:] = True  # ORG
    got = made(**BATCH, targets={"names": target, "names.lacks": lacks})
    p = got["names"].softmax(-1)
    by_hand = -((p[0, 1, 0] + p[0, 1, 3] + p[0, 1, 4]).log() + p[0, 2, 1].log() + p[1, 1, 0].log()) / 3
    assert got["loss"].item() == pytest.approx(by_hand.item(), rel=1e-5)
    got["loss"].backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in made.heads.parameters())


def test_class_weights_and_smoothing_are_those_of_cross_entropy(encoder_path):
    made = model(encoder_path, TONE, class_weights={"tone": [1.0, 3.0, 0.5]}, label_smoothing=0.1)
    target = torch.tensor([0, 1, 2])
    got = made(**BATCH, targets={"tone": target})
    wanted = functional.cross_entropy(got["tone"], target, torch.tensor([1.0, 3.0, 0.5]), label_smoothing=0.1)
    assert got["loss"].item() == pytest.approx(wanted.item(), rel=1e-6)


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_the_focal_loss_by_hand(encoder_path, gamma):
    made = model(encoder_path, TONE, TOPICS, class_weights={"tone": [1.0, 3.0, 0.5]}, focal=gamma)
    target, nan = torch.tensor([0, -100, 2]), float("nan")
    got = made(**BATCH, targets={"tone": target})
    p = got["tone"].softmax(-1)[[0, 2], [0, 2]]
    by_hand = (torch.tensor([1.0, 0.5]) * -p.log() * (1 - p) ** gamma).sum() / 1.5
    assert got["loss"].item() == pytest.approx(by_hand.item(), rel=1e-5)
    truth = torch.tensor([[1.0, 0.0], [0.0, nan], [nan, nan]])
    got = made(**BATCH, targets={"topics": truth})
    p = got["topics"].sigmoid()
    p = torch.stack([p[0, 0], 1 - p[0, 1], 1 - p[1, 0]])
    assert got["loss"].item() == pytest.approx((-p.log() * (1 - p) ** gamma).mean().item(), rel=1e-5)
    got["loss"].backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in made.heads.parameters())


def test_half_precision_gives_a_finite_loss_with_lacking_labels(encoder_path):
    made = model(encoder_path, NAMES)
    lacks = torch.ones(3, 5, dtype=torch.bool)
    lacks[:, 0] = False
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = made(**BATCH, targets={"names": torch.zeros(3, 4, dtype=torch.long), "names.lacks": lacks})["loss"]
    assert torch.isfinite(loss)


def test_casing_gives_the_encoder_a_row_for_each_way_of_writing(encoder_path):
    plain, made = model(encoder_path, TONE), model(encoder_path, TONE, casing=True)
    table = made.encoder.embeddings.token_type_embeddings.weight
    assert table.shape == (6, 32)
    assert torch.equal(table, plain.encoder.embeddings.token_type_embeddings.weight[:1].expand(6, -1))
    assert torch.equal(
        made.encoder.embeddings.word_embeddings.weight, plain.encoder.embeddings.word_embeddings.weight
    )  # the pre-trained weights came along


def test_what_is_saved_is_what_is_opened(encoder_path, tmp_path):
    from headwater.training.tokenizer import fast_tokenizer

    made = model(
        encoder_path, TONE, TOPICS, NAMES, casing=True, max_length=48, stride=9, label_smoothing=0.05,
        weights={"tone": 2.0}, class_weights={"tone": [1.0, 2.0, 3.0]}, pooling="cls",
    )  # fmt: skip
    made.save_pretrained(tmp_path)
    fast_tokenizer(str(encoder_path)).save(str(tmp_path / "tokenizer.json"))
    opened = load_trained(tmp_path)
    assert opened.model.config.head_list == (TONE, TOPICS, NAMES)
    assert (opened.encoder.max_length, opened.encoder.stride, opened.encoder.pad_id) == (48, 9, 0)
    assert opened.model.config.class_weights == {"tone": [1.0, 2.0, 3.0]}
    assert opened.model.config.pooling == "cls"
    arrays = {name: values.numpy() for name, values in BATCH.items()}
    before, after = TorchRunner(made)(arrays), TorchRunner(opened.model)(arrays)
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_the_runner_gives_the_mode_back(encoder_path):
    made = model(encoder_path, TONE).train()
    arrays = {name: values.numpy() for name, values in BATCH.items()}
    first, second = TorchRunner(made)(arrays), TorchRunner(made)(arrays)
    assert made.training
    assert np.array_equal(first["tone"], second["tone"])  # no dropout at work


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "expected a trained model"), ("{", "expected a trained model"), ("[]", "expected a trained model"),
     ('{"model_type": "bert"}', "got a 'bert' checkpoint")],
)  # fmt: skip
def test_a_folder_that_holds_no_trained_model(tmp_path, content, message):
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    with pytest.raises(TrainingError, match=message):
        load_trained(tmp_path)


def test_weights_that_are_cut_short(encoder_path, tmp_path):
    model(encoder_path, TONE).save_pretrained(tmp_path)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(TrainingError, match="whole"):
        load_trained(tmp_path)


def test_the_configuration_is_plain_json(encoder_path, tmp_path):
    model(encoder_path, TONE).save_pretrained(tmp_path)
    content = json.loads((tmp_path / "config.json").read_text())
    assert content["heads"][0]["labels"] == ["bad", "good", "flat"]
    assert HeadwaterConfig.from_pretrained(tmp_path).head_list == (TONE,)
