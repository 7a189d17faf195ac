"""`headwater.connect` over gRPC: to our own server, in Triton's place too, and to one that fails as it is told."""

import datetime
import ipaddress
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
import numpy as np
import pytest

import headwater
from headwater.api.app import create_app
from headwater.api.service import Limits
from headwater.errors import ServerError
from headwater.serving.messages import INFERENCE, method
from headwater.serving.remote import needs_bundle, served_digest
from headwater.serving.remote.session import Even
from tests.api.conftest import bundles, models  # noqa: F401 - fixtures
from tests.servers import served
from tests.tiny import tiny_bundle

TEXTS = ["oil rose", "", "Acme Bank in London", "gold fell in London " * 60, "🎉 Acme"]


@pytest.fixture(scope="module")
def target(models):  # noqa: F811
    with served(create_app(models, Limits(texts=7), workers=2, grpc="127.0.0.1:0")) as made:
        yield f"127.0.0.1:{made.app.state.grpc.port}"


@pytest.fixture(scope="module")
def local(bundles):  # noqa: F811
    return headwater.load(bundles["all"])


def same(found, expected):
    for a, b in zip(found["sentiment"], expected["sentiment"], strict=True):
        assert (a.label, a.probability) == (b.label, pytest.approx(b.probability, abs=1e-6))
    spans = [[[(s.start, s.end, s.label) for s in row] for row in each["entities"]] for each in (found, expected)]
    assert spans[0] == spans[1]
    assert np.allclose(found["vector"], expected["vector"], atol=1e-6)


@pytest.mark.parametrize("scheme", ["grpc", "triton"])
def test_a_served_model_reads_as_the_local_one(target, local, bundles, scheme):  # noqa: F811
    bundle = bundles["all"] if needs_bundle(f"{scheme}://") else None
    remote = headwater.connect(f"{scheme}://{target}", "all", bundle=bundle)
    assert remote.bundle.digest == local.bundle.digest
    assert (remote.variant, remote.device, remote.provider) == ("int8", "remote", "CPUExecutionProvider")
    same(remote.predict_heads(TEXTS * 3), local.predict_heads(TEXTS * 3))
    assert type(headwater.connect(f"{scheme}://{target}/v2/models/all", head="vector", bundle=bundle)).__name__ == (
        "Embedder"
    )
    assert served_digest(f"{scheme}://{target}", "all") == local.bundle.digest


def test_faults_are_sentences(target, bundles, tmp_path, monkeypatch):  # noqa: F811
    with pytest.raises(ServerError, match="holds the models all, one, same: say which"):
        headwater.connect(f"grpc://{target}")
    with pytest.raises(ServerError, match=r"grpc://127.0.0.1:\d+: NOT_FOUND: expected one of the models"):
        headwater.connect(f"grpc://{target}", "nope")
    with pytest.raises(ServerError, match=r"triton:// needs the bundle .*bundle=FOLDER"):
        headwater.connect(f"triton://{target}", "all")
    other = tiny_bundle(tmp_path / "all", "sentiment", seed=3)
    with pytest.raises(ServerError, match="holds another bundle"):
        headwater.connect(f"triton://{target}", "all", bundle=other.folder)
    with pytest.raises(ServerError, match="is it running"):
        headwater.connect("grpc://127.0.0.1:9", "one", timeout=5)
    for url in ("grpc://", "grpc://a:b", "grpc://[::1", "grpc://ann:s3cret@a:1", "grpc://a:1/x"):
        with pytest.raises(ServerError, match="expected grpc://HOST:PORT") as told:
            headwater.connect(url, "one")
        assert "s3cret" not in str(told.value)
    monkeypatch.setitem(sys.modules, "grpc", None)
    monkeypatch.delitem(sys.modules, "headwater.serving.remote.rpc")
    with pytest.raises(ServerError, match=r"grpc:// needs headwater\[grpc\]: pip install"):
        headwater.connect(f"grpc://{target}", "all")


def test_headwater_is_imported_without_grpc():
    said = "import sys, headwater; headwater.connect; import headwater.api.app; print('grpc' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", said], check=True, capture_output=True, text=True).stdout == "False\n"


class Double:
    """A server of the protocol alone, over one local model, that meets the faults it is given before it infers."""

    def __init__(self, session, config):
        self.session, self.config = session, config
        self.faults, self.calls, self.shapes, self.left = [], Counter(), [], []

    def answer(self, name, request, context):
        self.calls[name] += 1
        made = method(INFERENCE, name)[1]()
        if name == "ModelMetadata":
            for output, shape in self.session.shapes.items():
                made.outputs.add(name=output, shape=[n if isinstance(n, int) else -1 for n in shape])
        elif name == "ModelConfig":
            made.config.max_batch_size = 2
            for item in self.session.inputs:
                made.config.input.add(name=item, data_type="TYPE_INT64", dims=self.config.get("dims", [-1]))
        elif name == "ModelInfer":
            self.infer(request, made, context)
        else:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "no such method")
        return made

    def infer(self, request, made, context):
        assert set(request.parameters) == {"timeout"}  # a server that is not ours may know no other
        self.left.append((context.time_remaining(), request.parameters["timeout"].int64_param / 1e6))
        if self.faults:
            code, *pushback = self.faults.pop(0)
            if pushback:
                context.set_trailing_metadata((("retry-pushback-ms", str(pushback[0])),))
            context.abort(code, "as told")
        self.shapes.append(tuple(request.inputs[0].shape))
        arrays = {
            item.name: np.frombuffer(raw, "<i8").reshape(tuple(item.shape))
            for item, raw in zip(request.inputs, request.raw_input_contents, strict=True)
        }
        for name, values in self.session(arrays).items():
            made.outputs.add(name=name, datatype="FP32", shape=values.shape)
            made.raw_output_contents.append(values.tobytes())


@contextmanager
def doubled(session, credentials=None, **config):
    double, handlers = Double(session, config), {}
    for name in ("ModelMetadata", "ModelConfig", "ModelInfer"):
        asked, given = method(INFERENCE, name)
        handlers[name] = grpc.unary_unary_rpc_method_handler(
            lambda request, context, name=name: double.answer(name, request, context),
            asked.FromString,
            given.SerializeToString,
        )
    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(INFERENCE, handlers),))
    double.port = (
        server.add_secure_port("localhost:0", credentials) if credentials else server.add_insecure_port("127.0.0.1:0")
    )
    server.start()
    try:
        yield double
    finally:
        server.stop(None)


FULL, AWAY, BROKEN = grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL


def test_a_server_that_fails_a_few_times_is_asked_again_and_told_the_time_that_is_left(local, bundles):  # noqa: F811
    with doubled(local.session) as double:
        remote = headwater.connect(f"grpc://127.0.0.1:{double.port}", "all", bundle=bundles["all"], timeout=20.0)
        double.faults += [(AWAY,), (AWAY,), (FULL, 300)]
        began = time.monotonic()
        same(remote.predict_heads(["oil rose"]), local.predict_heads(["oil rose"]))
        assert time.monotonic() - began > 0.3
        assert double.calls["ModelInfer"] == 4
        for left, parameter in double.left:
            assert 5 < parameter <= 20
            assert left == pytest.approx(parameter, abs=2)  # gRPC rounds its own up
        assert double.left[3][1] < double.left[0][1] - 0.3


@pytest.mark.parametrize(
    "fault", [(BROKEN,), (FULL,), (FULL, -1), (AWAY, -1), (AWAY, "soon"), (grpc.StatusCode.INVALID_ARGUMENT,)]
)
def test_what_would_fail_again_is_asked_once(local, bundles, fault):  # noqa: F811
    with doubled(local.session) as double:
        remote = headwater.connect(f"grpc://127.0.0.1:{double.port}", "all", bundle=bundles["all"], timeout=20.0)
        double.faults += [fault] * 5
        with pytest.raises(ServerError, match=f"{fault[0].name}: as told"):
            remote.predict_heads(["oil rose"])
        assert double.calls["ModelInfer"] == 1


def test_the_budget_bounds_what_a_failing_server_is_sent(local, bundles):  # noqa: F811
    with doubled(local.session) as double:
        remote = headwater.connect(f"grpc://127.0.0.1:{double.port}", "all", bundle=bundles["all"], timeout=20.0)
        double.faults += [(AWAY, 0)] * 999
        remote.session.retry.budget.tokens, remote.session.retry.budget.most = 6.0, 6.0
        remote.session.retry.draw = lambda low, high: 0.0
        for _ in range(10):
            with pytest.raises(ServerError, match=r"UNAVAILABLE: as told; it was not asked again"):
                remote.predict_heads(["oil rose"])
        assert 10 < double.calls["ModelInfer"] < 30


def test_triton_gets_rows_in_steps_or_of_its_own_length_and_no_more_than_a_batch(local, bundles):  # noqa: F811
    texts = ["oil", "gold fell in London " * 4, "gold rose", "shares of Acme Bank fell in London"]
    for options, widths in (({}, {16, 32}), ({"dims": [48]}, {48})):
        with doubled(local.session, **options) as double:
            url = f"triton://127.0.0.1:{double.port}"
            remote = headwater.connect(url, "all", bundle=bundles["all"])
            same(remote.predict_heads(texts), local.predict_heads(texts))
            same(remote.predict_heads(texts[:1]), local.predict_heads(texts[:1]))
            assert {width for _, width in double.shapes} == widths
            assert max(rows for rows, _ in double.shapes) <= 2
    with (
        doubled(local.session, dims=[8]) as double,
        pytest.raises(ServerError, match="takes rows of 8 tokens, and the bundle's have up to 32"),
    ):
        headwater.connect(f"triton://127.0.0.1:{double.port}", "all", bundle=bundles["all"])


def test_a_server_of_the_protocol_alone_needs_the_bundle(local):
    with doubled(local.session) as double, pytest.raises(ServerError, match="does not give the description"):
        headwater.connect(f"grpc://127.0.0.1:{double.port}", "all")


def test_padding_by_hand():
    even = Even({"ids": 9, "mask": 0}, most=6, step=4)
    made = even({"ids": np.array([[1, 2, 3], [4, 5, 9]]), "mask": np.array([[1, 1, 1], [1, 1, 0]])})
    assert made["ids"].tolist() == [[1, 2, 3, 9], [4, 5, 9, 9]]
    assert made["mask"].tolist() == [[1, 1, 1, 0], [1, 1, 0, 0]]
    assert even({"ids": np.ones((1, 5)), "mask": np.ones((1, 5))})["ids"].shape == (1, 6)  # no more than the window


def test_one_connection_carries_all_models_of_a_server(target):
    one, two = (headwater.connect(f"grpc://{target}", name).model.session for name in ("one", "same"))
    assert one.link.share.connection is two.link.share.connection
    one.close()
    assert two.link.metadata("same", 10.0)["name"] == "same"
    two.close()
    with pytest.raises(ServerError, match="expected an open connection"):
        two.link.metadata("same", 10.0)


def test_tls_is_held_against_the_authorities_of_the_environment(local, bundles, tmp_path, monkeypatch):  # noqa: F811
    key, certificate = self_signed()
    with doubled(local.session, grpc.ssl_server_credentials([(key, certificate)])) as double:
        url = f"grpcs://localhost:{double.port}"
        with pytest.raises(ServerError, match="expected a server"):
            headwater.connect(url, "all", bundle=bundles["all"], timeout=5)
        (tmp_path / "own.pem").write_bytes(certificate)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "own.pem"))
        assert headwater.connect(url, "all", bundle=bundles["all"]).predict_heads(["oil"])


def self_signed():
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name.from_rfc4514_string("CN=localhost")
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return secret, made.public_bytes(serialization.Encoding.PEM)
