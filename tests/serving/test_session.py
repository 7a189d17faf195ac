import numpy as np
import onnxruntime as ort
import pytest

from headwater.errors import BundleError, DeviceError
from headwater.serving import session as module
from headwater.serving.providers import PROVIDERS
from headwater.serving.session import Session, check_device
from tests.tiny import HEADS, graph

ARRAYS = {"ids": np.array([[2, 4, 3]]), "mask": np.ones((1, 3), dtype=np.int64)}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    file = tmp_path_factory.mktemp("session") / "model.onnx"
    file.write_bytes(graph([HEADS["sentiment"], HEADS["entities"]], 0))
    return file


def test_a_session_takes_and_gives_arrays_by_name(path):
    session = Session(path)
    assert session.provider == "CPUExecutionProvider"
    outputs = session(
        {**ARRAYS, "casing": np.zeros((1, 3), dtype=np.int64)}
    )  # what the graph does not read is left out
    assert {name: values.shape for name, values in outputs.items()} == {"sentiment": (1, 3), "entities": (1, 3, 5)}
    assert session.shapes == {"sentiment": ("rows", 3), "entities": ("rows", "tokens", 5)}


def test_an_unknown_device_is_an_error(path):
    with pytest.raises(DeviceError, match="expected a device of cpu, cuda, tensorrt, got 'gpu'"):
        Session(path, "gpu")


@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_a_device_that_this_machine_has_not_is_an_error(path, device):
    if PROVIDERS[device] in ort.get_available_providers():
        pytest.skip("this onnxruntime has it")
    with pytest.raises(DeviceError, match=r"needs .*ExecutionProvider.*install headwater\[gpu\].*device='cpu'"):
        Session(path, device)
    with pytest.raises(DeviceError):
        check_device(device)


def test_a_graph_that_cannot_be_opened_is_an_error_of_one_line(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"no graph")
    with pytest.raises(BundleError, match=r"^[^\n]*onnxruntime cannot open the graph[^\n]*export the bundle again$"):
        Session(tmp_path / "model.onnx")


class Elsewhere:
    """onnxruntime as it behaves where CUDA's libraries are missing: it runs, on the CPU."""

    def __init__(self, *args, providers, enable_fallback=1, **kwargs):
        self.providers, self.enable_fallback = providers, enable_fallback

    def get_providers(self):
        return ["CPUExecutionProvider"]


def test_a_session_that_landed_elsewhere_is_an_error(path, monkeypatch):
    monkeypatch.setattr(module.ort, "get_available_providers", lambda: list(PROVIDERS.values()))
    monkeypatch.setattr(module.ort, "InferenceSession", Elsewhere)
    with pytest.raises(
        DeviceError, match="'cuda' was asked for and the session runs on CPUExecutionProvider: check the CUDA"
    ):
        Session(path, "cuda")


def test_a_provider_that_fails_to_start_is_an_error_and_not_another_provider(path, monkeypatch):
    asked = {}

    def fails(*args, **options):
        asked.update(options)
        raise RuntimeError("libcudnn.so.9: cannot open shared object file")

    monkeypatch.setattr(module.ort, "get_available_providers", lambda: list(PROVIDERS.values()))
    monkeypatch.setattr(module.ort, "InferenceSession", fails)
    with pytest.raises(DeviceError, match="'tensorrt' could not be started .*libcudnn"):
        Session(path, "tensorrt")
    assert [name for name, _ in asked["providers"]] == [
        "TensorrtExecutionProvider",
        "CUDAExecutionProvider",
        "CPUExecutionProvider",
    ]
    assert asked["enable_fallback"] == 0  # else onnxruntime retries on the CPU, now or when a later run fails


def test_the_libraries_that_pip_brought_are_loaded_for_a_gpu_and_stdout_stays_clean(path, monkeypatch, capsys):
    loaded = []

    def preload_dlls():
        loaded.append(True)
        print("Failed to load libcufft.so.12")

    monkeypatch.setattr(module.ort, "preload_dlls", preload_dlls, raising=False)
    Session(path)
    assert not loaded
    monkeypatch.setattr(module.ort, "get_available_providers", lambda: list(PROVIDERS.values()))
    monkeypatch.setattr(module.ort, "InferenceSession", Elsewhere)
    for device in ("cuda", "tensorrt"):
        with pytest.raises(DeviceError, match="runs on CPU"):
            Session(path, device)
    assert len(loaded) == 2
    assert capsys.readouterr() == ("", "Failed to load libcufft.so.12\n" * 2)
    monkeypatch.delattr(module.ort, "preload_dlls")  # as a build without it
    with pytest.raises(DeviceError, match="runs on CPU"):
        Session(path, "cuda")


def test_bound_arrays_give_what_a_plain_run_gives(path):
    """The road of a GPU, with the memory of a CPU: by binding, from arrays that do not lie in order too."""
    session = Session(path)
    turned = {"ids": np.array([[2, 2], [4, 5], [3, 3]]).T, "mask": np.ones((3, 2), dtype=np.int64).T}
    assert not turned["ids"].flags.c_contiguous
    wanted, found = session(turned), session._bound(turned, "cpu")
    assert wanted.keys() == found.keys() == {"sentiment", "entities"}
    for name, values in wanted.items():
        np.testing.assert_array_equal(found[name], values)


def test_the_chain_that_is_given_is_the_chain_that_is_asked_for(path, monkeypatch):
    asked = {}

    def starts(*args, **options):
        asked.update(options)
        raise RuntimeError("no device")

    monkeypatch.setattr(module.ort, "get_available_providers", lambda: list(PROVIDERS.values()))
    monkeypatch.setattr(module.ort, "InferenceSession", starts)
    chain = [(PROVIDERS["cuda"], {"device_id": "1"}), (PROVIDERS["cpu"], {})]
    with pytest.raises(DeviceError, match="no device"):
        Session(path, "cuda", chain=chain)
    assert asked["providers"] == chain


def test_no_session_falls_back_in_a_later_run(path):
    assert Session(path).session._enable_fallback is False
