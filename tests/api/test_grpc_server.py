"""The Open Inference Protocol over gRPC, judged by Triton's own client."""

import asyncio
import socket
import threading
import time

import grpc
import httpx
import numpy as np
import pytest
import tritonclient.grpc as triton
import tritonclient.http
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

import headwater
from headwater.api.app import create_app
from headwater.api.batcher import Closing, Expired, Gone, Overloaded, TooLong
from headwater.api.faults import CODES, STATUS, status_of
from headwater.api.jobs import Jobs
from headwater.api.service import Limits, Swapped, UnknownModel
from headwater.errors import InputError
from headwater.serving.messages import BUNDLES, HEALTH, INFERENCE, method
from headwater.serving.model import load
from tests.servers import served

TEXTS = ["oil rose", "gold", "shares of Acme Bank fell in London", ""]


@pytest.fixture(scope="module")
def running(models):
    with served(create_app(models, Limits(deadline=20.0), workers=2, grpc="127.0.0.1:0")) as made:
        yield made


def address(served_app):
    return f"127.0.0.1:{served_app.app.state.grpc.port}"


@pytest.fixture(scope="module")
def client(running):
    with triton.InferenceServerClient(address(running)) as made:
        yield made


@pytest.fixture(scope="module")
def local(bundles):
    return load(bundles["all"])


def arrays_of(model, texts):
    encoder = model.predictor.encoder
    return encoder.batch(encoder.encode(texts))


def tensors(arrays, kind=triton.InferInput):
    made = []
    for name, values in arrays.items():
        made.append(kind(name, values.shape, np_to_triton_dtype(values.dtype)))
        made[-1].set_data_from_numpy(values)
    return made


def call(target, service, name, /, timeout=10, metadata=(), **fields):
    """One call, with the messages of the server's own pool: (answer, the call)."""
    asked, given = method(service, name)
    with grpc.insecure_channel(target) as channel:
        rpc = channel.unary_unary(f"/{service}/{name}", asked.SerializeToString, given.FromString)
        return rpc.with_call(asked(**fields), timeout=timeout, metadata=metadata)


def refused(target, *words, **options):
    with pytest.raises(grpc.RpcError) as told:
        call(target, *words, **options)
    return told.value.code(), told.value.details(), dict(told.value.trailing_metadata() or ())


def test_the_client_finds_server_and_models_alive(client, bundles):
    assert client.is_server_live()
    assert client.is_server_ready()
    told = client.get_server_metadata(as_json=True)
    assert told == {
        "name": "headwater", "version": headwater.__version__,
        "extensions": ["binary_tensor_data", "model_configuration"],
    }  # fmt: skip
    found = client.get_model_repository_index(as_json=True)["models"]
    assert [(entry["name"], entry["version"], entry["state"]) for entry in found] == [
        (name, "1", "READY") for name in bundles
    ]
    assert client.is_model_ready("all")
    assert client.is_model_ready("all", "1")
    for words in (("all", "7"), ("nope",)):
        with pytest.raises(InferenceServerException) as told:
            client.is_model_ready(*words)
        assert told.value.status() == "StatusCode.NOT_FOUND"


def test_bytes_that_are_no_message_are_the_callers_fault(running):
    with grpc.insecure_channel(address(running)) as channel, pytest.raises(grpc.RpcError) as told:
        channel.unary_unary(f"/{INFERENCE}/ModelInfer")(b"\xff\xff", timeout=10)
    assert told.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "expected the message of this method" in told.value.details()


def test_what_is_told_of_a_model_is_what_rest_tells(client, running, local):
    found = client.get_model_metadata("all", "1", as_json=True)
    told = httpx.get(f"{running.url}/v2/models/all").json()
    for entry in (*found["inputs"], *found["outputs"]):
        entry["shape"] = [int(size) for size in entry["shape"]]  # protobuf's JSON writes int64 as text
    assert found == told
    assert {item["name"]: item["shape"] for item in told["outputs"]} == {
        "sentiment": [-1, 3], "entities": [-1, -1, 5], "topics": [-1, 2], "vector": [-1, 8],
    }  # fmt: skip
    config = client.get_model_config("all").config
    assert config.max_batch_size == 4096
    assert [(item.name, item.data_type, list(item.dims)) for item in config.input] == [
        (item["name"], 9, [-1]) for item in told["inputs"]
    ]  # 9 is TYPE_INT64 of Triton's own enum
    assert config.parameters["headwater_bundle_digest"].string_value == local.bundle.digest
    assert httpx.get(f"{running.url}/v2/models/all/config").json()["output"][1] == {
        "name": "entities", "data_type": "TYPE_FP32", "dims": [-1, 5],
    }  # fmt: skip


def test_infer_gives_what_rest_gives_bit_for_bit_and_the_local_graph(client, running, local):
    arrays = arrays_of(local, TEXTS)
    expected = local.session(arrays)
    result = client.infer("all", tensors(arrays), request_id="a-7", model_version="1")
    with tritonclient.http.InferenceServerClient(running.address) as rest:
        same = rest.infer("all", tensors(arrays, tritonclient.http.InferInput))
    for name, values in expected.items():
        if values.ndim == 3:  # behind a row's last token the graph's values mean nothing, and ours are 0
            values = values * arrays["mask"][..., None]
        found = result.as_numpy(name)
        assert found.dtype == np.float32
        assert np.array_equal(found, same.as_numpy(name))
        assert np.array_equal(found, values)
    said = result.get_response()
    assert (said.id, said.model_name, said.model_version) == ("a-7", "all", "1")
    one = client.infer("all", tensors(arrays), outputs=[triton.InferRequestedOutput("topics")]).get_response()
    assert [item.name for item in one.outputs] == ["topics"]


def test_numbers_in_the_message_are_answered_as_numbers(running, local):
    arrays = arrays_of(local, TEXTS)
    request = method(INFERENCE, "ModelInfer")[0](model_name="all")
    for name, values in arrays.items():
        made = request.inputs.add(name=name, datatype="INT64", shape=values.shape)
        made.contents.int64_contents.extend(values.ravel().tolist())
    with grpc.insecure_channel(address(running)) as channel:
        asked, given = method(INFERENCE, "ModelInfer")
        answer = channel.unary_unary(f"/{INFERENCE}/ModelInfer", asked.SerializeToString, given.FromString)(request)
    assert not answer.raw_output_contents
    found = {item.name: np.float32(item.contents.fp32_contents).reshape(item.shape) for item in answer.outputs}
    assert np.array_equal(found["sentiment"], local.session(arrays)["sentiment"])


def wrong(arrays):
    """What is wrong with a request -> its inputs and options, and what is said of it."""
    ids, mask = arrays["ids"], arrays["mask"]
    extra = tensors(arrays)
    extra[0]._raw_content = extra[0]._raw_content[:-8]
    mixed = tensors(arrays)
    mixed[0]._input.contents.int64_contents.append(1)
    return {
        "a missing input": (tensors({"ids": ids}), {}, "expected the inputs ids, mask, got ids"),
        "another type": (
            tensors({"ids": ids.astype(np.int32), "mask": mask}), {}, "expected datatype INT64",
        ),
        "another shape": (tensors({"ids": ids[0], "mask": mask}), {}, r"expected a shape of \[rows, tokens\]"),
        "too few bytes": (extra, {}, "bytes of INT64"),
        "both forms": (mixed, {}, "expected its values in raw_input_contents alone"),
        "an input twice": ([*tensors(arrays), *tensors({"ids": ids})], {}, "expected each input once"),
        "no such token": (tensors({"ids": ids + 99, "mask": mask}), {}, "expected values from 0 to"),
        "no such output": (tensors(arrays), {"outputs": [triton.InferRequestedOutput("x")]}, "expected outputs of"),
        "classes": (
            tensors(arrays), {"outputs": [triton.InferRequestedOutput("topics", class_count=2)]}, "no parameter but",
        ),
        "an output twice": (
            tensors(arrays), {"outputs": [triton.InferRequestedOutput("topics")] * 2}, "each output once",
        ),
        "no time": (tensors(arrays), {"timeout": -5}, "expected a time above 0"),
    }  # fmt: skip


def test_a_wrong_request_is_told_what_is_wrong(client, local):
    kinds = wrong(arrays_of(local, TEXTS))
    assert len(kinds) == 11
    for what, (inputs, options, said) in kinds.items():
        with pytest.raises(InferenceServerException, match=said) as told:
            client.infer("all", inputs, **options)
        assert told.value.status() == "StatusCode.INVALID_ARGUMENT", what
    with pytest.raises(InferenceServerException, match="expected one of the models") as told:
        client.infer("nope", tensors(arrays_of(local, TEXTS)))
    assert told.value.status() == "StatusCode.NOT_FOUND"
    assert client.infer("all", tensors(arrays_of(local, TEXTS)))  # and nobody else is the worse for it


def test_every_fault_has_a_code():
    codes = {
        Closing: "UNAVAILABLE", Expired: "DEADLINE_EXCEEDED", Gone: "CANCELLED", InputError: "INVALID_ARGUMENT",
        Overloaded: "RESOURCE_EXHAUSTED", Swapped: "FAILED_PRECONDITION", TooLong: "RESOURCE_EXHAUSTED", UnknownModel: "NOT_FOUND",
    }  # fmt: skip
    for kind, code in codes.items():
        assert CODES[status_of(kind(3))] == code
    assert CODES[status_of(ValueError())] == "INTERNAL"
    assert {status for _, status in STATUS} <= set(CODES)
    assert all(hasattr(grpc.StatusCode, code) for code in CODES.values())


def hold(app, name="one"):
    """Make a lane wait: (set when a batch has begun, to be set to let them run, the rows of each batch that ran)."""
    lanes = app.state.service.batcher.lanes
    lane, begun, go, ran = lanes[name], threading.Event(), threading.Event(), []

    def run(arrays):
        begun.set()
        go.wait(30)
        ran.append(len(arrays["ids"]))
        return lane.run(arrays)

    lanes[name] = type(lane)(run, lane.fill, lane.token)
    return begun, go, ran


@pytest.fixture
def small(models):
    """A server of one model with one worker and a short queue, a batch of which waits; and who asks it."""
    with (
        served(create_app(models[1:2], Limits(capacity=1, budget=8), workers=1, grpc="127.0.0.1:0")) as made,
        triton.InferenceServerClient(address(made)) as client,
    ):
        begun, go, ran = hold(made.app)
        inputs = tensors(arrays_of(models[1], ["oil rose"]))
        client.async_infer("one", inputs, lambda result, error: None)
        assert begun.wait(20)
        yield made, client, inputs, go, ran
        go.set()


def until(holds):
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_full_queue_says_when_to_come_again(small):
    made, client, inputs, go, _ = small
    queue, answers = made.app.state.service.batcher.queue, []
    for _ in range(3):  # a request counts as a quarter of the capacity at most
        client.async_infer("one", inputs, lambda result, error: answers.append(error))
    until(lambda: queue.full)
    raw = [item._get_content() for item in inputs]
    shapes = [{"name": item.name(), "datatype": "INT64", "shape": item.shape()} for item in inputs]
    code, said, trailing = refused(
        address(made), INFERENCE, "ModelInfer", model_name="one", inputs=shapes, raw_input_contents=raw
    )
    go.set()
    until(lambda: len(answers) == 3)
    assert (code, trailing["retry-pushback-ms"]) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "1000")
    assert said == "too many requests are waiting: try again in 1 s"
    assert answers == [None] * 3
    counted = httpx.get(f"{made.url}/metrics").text
    assert 'headwater_requests_total{route="grpc:ModelInfer",status="429"} 1.0' in counted
    assert 'headwater_requests_total{route="grpc:ModelInfer",status="200"} 4.0' in counted


@pytest.mark.parametrize("options", [{"timeout": 200_000}, {"client_timeout": 0.2}])
def test_a_deadline_counts_whoever_names_it_and_what_is_late_is_not_run(small, options):
    made, client, inputs, go, ran = small
    began = time.monotonic()
    with pytest.raises(InferenceServerException) as told:
        client.infer("one", inputs, **options)
    assert told.value.status() == "StatusCode.DEADLINE_EXCEEDED"
    assert 0.15 < time.monotonic() - began < 10
    batcher = made.app.state.service.batcher
    until(lambda: all(request.over for request in list(batcher.queue._turns)[-1:]))
    go.set()
    assert client.infer("one", inputs).as_numpy("sentiment").shape == (1, 3)
    assert ran == [1, 1]


def test_a_caller_that_left_is_dropped_and_counted(small):
    made, client, inputs, go, ran = small
    queue = made.app.state.service.batcher.queue
    left = client.async_infer("one", inputs, lambda result, error: None)
    until(lambda: len(queue) == 2)
    left.cancel()
    until(lambda: 'route="grpc:ModelInfer",status="499"} 1.0' in httpx.get(f"{made.url}/metrics").text)
    go.set()
    assert client.infer("one", inputs).as_numpy("sentiment").shape == (1, 3)
    assert ran == [1, 1]


def test_a_message_is_as_large_as_a_body_may_be(models, client, local):
    rows = 4000
    arrays = {name: np.ones((rows, 32), dtype=np.int64) for name in local.session.inputs}  # 2 MB
    assert client.infer("all", tensors(arrays)).as_numpy("entities").shape == (rows, 32, 5)
    with (
        served(create_app(models[1:2], Limits(body=2**20), workers=1, grpc="127.0.0.1:0")) as made,
        triton.InferenceServerClient(address(made)) as small,
    ):
        with pytest.raises(InferenceServerException, match="larger than max") as told:
            small.infer("one", tensors(arrays))
        assert told.value.status() == "StatusCode.RESOURCE_EXHAUSTED"
        assert small.infer("one", tensors({name: values[:900] for name, values in arrays.items()}))


def test_keys_are_asked_for_but_by_probes(models):
    with served(create_app(models[1:2], keys=["secret", "other"], workers=1, grpc="127.0.0.1:0")) as made:
        target = address(made)
        for metadata in ((), (("authorization", "Bearer wrong"),), (("x-api-key", "secre"),)):
            code, said, _ = refused(target, INFERENCE, "ModelMetadata", name="one", metadata=metadata)
            assert (code, said) == (
                grpc.StatusCode.UNAUTHENTICATED, "expected a valid API key in Authorization: Bearer KEY",
            )  # fmt: skip
        for metadata in ((("authorization", "bearer secret"),), (("x-api-key", "other"),)):
            assert call(target, INFERENCE, "ModelMetadata", name="one", metadata=metadata)[0].name == "one"
        assert call(target, INFERENCE, "ServerReady")[0].ready
        assert call(target, HEALTH, "Check")[0].status == 1


def unsent(target, timeout):
    """What is said of a call whose message does not come."""
    asked, given = method(INFERENCE, "ModelMetadata")
    over = threading.Event()
    with grpc.insecure_channel(target) as channel:
        rpc = channel.stream_unary(f"/{INFERENCE}/ModelMetadata", asked.SerializeToString, given.FromString)
        try:
            with pytest.raises(grpc.RpcError) as told:
                rpc((over.wait(20) for _ in range(1)), timeout=timeout)
        finally:
            over.set()
    return told.value.code(), told.value.details()


def test_a_key_is_asked_for_before_the_message_is_read(models):
    with served(create_app(models[1:2], keys=["secret"], workers=1, grpc="127.0.0.1:0")) as made:
        assert unsent(address(made), 10)[0] == grpc.StatusCode.UNAUTHENTICATED


def test_a_message_must_come_in_time(models):
    with served(create_app(models[1:2], Limits(patience=0.2), workers=1, grpc="127.0.0.1:0")) as made:
        code, said = unsent(address(made), 10)
        assert (code, said) == (grpc.StatusCode.DEADLINE_EXCEEDED, "expected the whole message within 0.2 s")
        with grpc.insecure_channel(address(made)) as channel, pytest.raises(grpc.RpcError) as told:
            channel.stream_unary(f"/{INFERENCE}/ModelMetadata")(iter(()), timeout=10)
        assert told.value.details() == "expected the message of this method, got none"


def test_health_request_ids_and_the_files_of_a_bundle(running, bundles):
    target = address(running)
    for name in ("", "one", INFERENCE):
        answer, done = call(target, HEALTH, "Check", service=name, metadata=(("x-request-id", "r-1"),))
        assert answer.status == 1
        assert dict(done.initial_metadata())["x-request-id"] == "r-1"
    assert refused(target, HEALTH, "Check", service="x")[0] == grpc.StatusCode.NOT_FOUND
    for file in ("bundle.json", "tokenizer.json"):
        answer, _ = call(target, BUNDLES, "Read", model="one", file=file)
        assert answer.content == (bundles["one"] / file).read_bytes()
    assert refused(target, BUNDLES, "Read", model="one", file="model.onnx")[0] == grpc.StatusCode.NOT_FOUND
    service = running.app.state.service
    service.batcher.failing = 3
    try:
        assert call(target, HEALTH, "Check")[0].status == 2
        assert not call(target, INFERENCE, "ServerReady")[0].ready
    finally:
        service.batcher.failing = 0


def test_a_fault_that_nobody_foresaw_is_told_without_its_inside(models):
    with served(create_app(models[1:2], workers=1, grpc="127.0.0.1:0")) as made:
        lanes = made.app.state.service.batcher.lanes

        def broken(arrays):
            raise RuntimeError("the secret inside")

        lanes["one"] = type(lanes["one"])(broken, lanes["one"].fill, lanes["one"].token)
        with (
            triton.InferenceServerClient(address(made)) as client,
            pytest.raises(InferenceServerException, match="this server failed on the request") as told,
        ):
            client.infer("one", tensors(arrays_of(models[1], ["oil"])))
        assert told.value.status() == "StatusCode.INTERNAL"
        assert "secret" not in told.value.message()


def test_a_stop_lets_what_runs_end(models):
    with served(create_app(models[1:2], workers=1, grpc="127.0.0.1:0")) as made:
        begun, go, _ = hold(made.app)
        answers = []
        with triton.InferenceServerClient(address(made)) as client:
            client.async_infer(
                "one", tensors(arrays_of(models[1], ["oil"])), lambda result, error: answers.append((result, error))
            )
            assert begun.wait(10)
            threading.Timer(0.5, go.set).start()
            made.stop()
            until(lambda: answers)
            assert answers[0][1] is None
            assert answers[0][0].as_numpy("sentiment").shape == (1, 3)
            with pytest.raises(InferenceServerException) as told:
                client.is_server_live()
            assert told.value.status() == "StatusCode.UNAVAILABLE"


def test_what_has_begun_ends_where_the_port_is_taken(models, tmp_path):
    async def begin(app):
        async with app.router.lifespan_context(app):
            pass

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(InputError, match="is taken"):
            asyncio.run(begin(create_app(models, grpc=taken, jobs=Jobs(tmp_path / "jobs"))))
    again = Jobs(tmp_path / "jobs")
    again.open()  # Unready where the first server's thread still held the folder
    again.release()
