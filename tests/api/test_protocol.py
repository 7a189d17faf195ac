"""The Open Inference Protocol, judged by Triton's own client."""

import threading

import httpx
import numpy as np
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

import headwater
from headwater.api.service import Limits
from headwater.serving.model import load

TEXTS = ["oil rose", "gold", "shares of Acme Bank fell in London", ""]


@pytest.fixture(scope="module")
def client(server):
    with triton.InferenceServerClient(server.address) as made:
        yield made


@pytest.fixture(scope="module")
def local(bundles):
    return load(bundles["all"])


def tensors(arrays, binary=True):
    made = []
    for name, values in arrays.items():
        made.append(triton.InferInput(name, values.shape, "INT64"))
        made[-1].set_data_from_numpy(values, binary_data=binary)
    return made


def arrays_of(model, texts):
    encoder = model.predictor.encoder
    return encoder.batch(encoder.encode(texts))


def test_the_client_finds_server_and_models_alive(client, bundles):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.get_server_metadata() == {
        "name": "headwater", "version": headwater.__version__,
        "extensions": ["binary_tensor_data", "model_configuration", "model_repository"],
    }  # fmt: skip
    assert [entry["name"] for entry in client.get_model_repository_index()] == list(bundles)
    assert client.is_model_ready("all")
    assert client.is_model_ready("all", "1")
    assert not client.is_model_ready("all", "7")
    assert not client.is_model_ready("nope")


def test_metadata_are_the_graphs(client, local):
    found = client.get_model_metadata("all", "1")
    assert found["name"] == "all"
    assert found["versions"] == ["1"]
    assert {item["name"] for item in found["inputs"]} == local.session.inputs
    assert {tuple(item["shape"]) for item in found["inputs"]} == {(-1, -1)}
    shapes = {item["name"]: item["shape"] for item in found["outputs"]}
    assert shapes == {"sentiment": [-1, 3], "entities": [-1, -1, 5], "topics": [-1, 2], "vector": [-1, 8]}
    config = client.get_model_config("all")
    assert config["parameters"]["headwater_bundle_digest"]["string_value"] == local.bundle.digest


@pytest.mark.parametrize("inward", [True, False])
@pytest.mark.parametrize("outward", [True, False])
def test_infer_gives_the_graphs_own_numbers_in_bytes_and_in_json(client, local, inward, outward):
    arrays = arrays_of(local, TEXTS)
    expected = local.session(arrays)
    wanted = [triton.InferRequestedOutput(name, binary_data=outward) for name in expected]

    result = client.infer("all", tensors(arrays, inward), outputs=wanted, request_id="a-7", model_version="1")

    for name, values in expected.items():
        found = result.as_numpy(name)
        if values.ndim == 3:  # behind a row's last token the graph's values mean nothing, and ours are 0
            values = values * arrays["mask"][..., None]
        assert found.dtype == np.float32
        assert found.shape == values.shape
        assert np.allclose(found, values, atol=1e-5)
    assert result.get_response()["id"] == "a-7"
    assert result.get_response()["model_version"] == "1"


def test_outputs_can_be_left_out_and_requests_sent_side_by_side(client, local):
    arrays = arrays_of(local, TEXTS)
    calls = [client.async_infer("all", tensors(arrays)) for _ in range(8)]
    for call in calls:
        assert np.allclose(call.get_result().as_numpy("sentiment"), local.session(arrays)["sentiment"], atol=1e-5)


def test_a_row_of_one_request_gets_the_same_alone_and_in_company(client, local):
    arrays = arrays_of(local, TEXTS)
    together = client.infer("all", tensors(arrays)).as_numpy("sentiment")
    for row in range(len(TEXTS)):
        own = arrays_of(local, TEXTS[row : row + 1])
        assert np.allclose(client.infer("all", tensors(own)).as_numpy("sentiment")[0], together[row], atol=1e-6)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("nope", {}, "expected one of the models all, one, same, got 'nope'"),
        ("all", {"ids": np.full((1, 2), 999)}, "input ids: expected values from 0 to 15"),
        ("all", {"ids": np.full((1, 2), -1)}, "got -1 to -1"),
        ("all", {"mask": np.full((1, 2), 2)}, "input mask: expected values from 0 to 1"),
        ("all", {"other": np.ones((1, 2))}, "expected the inputs ids, mask, got ids, mask, other"),
        ("all", {"mask": np.ones((2, 1))}, "of one shape"),
        ("all", {"ids": np.ones((1, 33)), "mask": np.ones((1, 33))}, "at most 32 tokens, this model's window, got 33"),
        ("all", {"ids": np.ones((0, 2)), "mask": np.ones((0, 2))}, "a row at least"),
    ],
)
def test_what_no_tokenizer_could_have_made_is_refused_before_it_meets_others(client, name, change, said):
    arrays = {"ids": np.ones((1, 2)), "mask": np.ones((1, 2))} | change
    with pytest.raises(InferenceServerException, match=said):
        client.infer(name, tensors({key: values.astype(np.int64) for key, values in arrays.items()}))


def test_other_types_outputs_and_versions_are_refused(client):
    wrong = triton.InferInput("ids", [1, 2], "INT32")
    wrong.set_data_from_numpy(np.ones((1, 2), dtype=np.int32))
    with pytest.raises(InferenceServerException, match="expected datatype INT64, got 'INT32'"):
        client.infer("all", [wrong])
    good = tensors({"ids": np.ones((1, 2), dtype=np.int64), "mask": np.ones((1, 2), dtype=np.int64)})
    with pytest.raises(InferenceServerException, match="expected outputs of"):
        client.infer("all", good, outputs=[triton.InferRequestedOutput("nope")])
    with pytest.raises(InferenceServerException, match="expected version 1, got '9'"):
        client.infer("all", good, model_version="9")


def test_the_timeout_of_the_client_is_the_deadline(serving, models):
    own = serving(models[1:2])
    batcher, free = own.app.state.service.batcher, threading.Event()
    lane = batcher.lanes["one"]
    batcher.lanes["one"] = type(lane)(lambda arrays: free.wait(20) and models[1].session(arrays), lane.fill, lane.token)
    arrays = tensors({"ids": np.ones((1, 2), dtype=np.int64), "mask": np.ones((1, 2), dtype=np.int64)})
    with triton.InferenceServerClient(own.address) as client:
        with pytest.raises(InferenceServerException, match="deadline passed") as late:
            client.infer("one", arrays, timeout=200_000)
        free.set()
        assert late.value.status() == "504"
        assert client.infer("one", arrays, timeout=5_000_000).as_numpy("sentiment").shape == (1, 3)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_requests_may_be_compressed(client, local, coding):
    arrays = arrays_of(local, TEXTS)
    result = client.infer("all", tensors(arrays), request_compression_algorithm=coding)
    assert np.allclose(result.as_numpy("sentiment"), local.session(arrays)["sentiment"], atol=1e-5)


def test_health_is_said_in_json_as_kserve_reads_it(server):
    for path, said in (("live", {"live": True}), ("ready", {"ready": True})):
        assert httpx.get(f"{server.url}/v2/health/{path}").json() == said
    assert httpx.get(f"{server.url}/v2/models/all/ready").json() == {"name": "all", "ready": True}


def test_more_rows_than_are_advertised_are_refused(serving, models):
    own = serving(models[1:2], Limits(texts=4))
    arrays = {"ids": np.ones((5, 2), dtype=np.int64), "mask": np.ones((5, 2), dtype=np.int64)}
    with triton.InferenceServerClient(own.address) as client:
        assert client.get_model_config("one")["max_batch_size"] == 4
        with pytest.raises(InferenceServerException, match="at most 4 rows"):
            client.infer("one", tensors(arrays))


def test_a_row_that_is_all_masked_keeps_its_length(client, local):
    arrays = {"ids": np.full((2, 3), 5, dtype=np.int64), "mask": np.array([[0, 0, 0], [1, 1, 0]], dtype=np.int64)}
    found = client.infer("all", tensors(arrays)).as_numpy("entities")
    assert np.allclose(found[0], local.session(arrays)["entities"][0], atol=1e-5)
    assert not found[1, 2].any()
