"""An onnxruntime session on the device that was asked for, or an error: never another device in silence."""

import sys
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import onnxruntime as ort

from headwater.errors import BundleError, DeviceError
from headwater.serving.providers import PROVIDERS, Chain, provider_options

__all__ = ["Session", "check_device"]


def check_device(device: str) -> str:
    """The provider that a device needs. Raises DeviceError where it is unknown, or not in this onnxruntime."""
    if device not in PROVIDERS:
        raise DeviceError(f"expected a device of {', '.join(PROVIDERS)}, got {device!r}")
    if PROVIDERS[device] not in ort.get_available_providers():
        raise DeviceError(
            f"device {device!r} needs {PROVIDERS[device]}, and this onnxruntime offers "
            f"{', '.join(ort.get_available_providers())}: install headwater[gpu] in an environment without "
            "headwater[cpu], or ask for device='cpu'"
        )
    return PROVIDERS[device]


def _preload() -> None:
    """Load CUDA's and cuDNN's libraries where pip put them (`onnxruntime-gpu[cuda,cudnn]`): the linker does not look there.

    What cannot be loaded is told on stderr; the session that needs it then says so too.
    """
    if hasattr(ort, "preload_dlls"):  # not in every build
        with redirect_stdout(sys.stderr):
            ort.preload_dlls()


class Session:
    """Run one ONNX graph. Calling it with int64 arrays by input name gives float arrays by output name.

    On a CPU the session keeps to one thread per call and callers bring their own threads (two threads on one
    such session score more texts a second than one call that uses both). On a GPU inputs and outputs are bound,
    so that each is copied once. `chain` are the device's providers with their options, those of `provider_options` if
    left out. Raises DeviceError, and BundleError for a graph that the CPU cannot open.
    """

    def __init__(self, model: Path, device: str = "cpu", threads: int = 1, chain: Chain | None = None) -> None:
        wanted = check_device(device)
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        if device != "cpu":
            _preload()
        chain = chain or provider_options(device)
        self.device = device
        try:
            # Without this, onnxruntime goes on with other providers when one fails, at the start or in a later run.
            self.session = ort.InferenceSession(str(model), options, providers=chain, enable_fallback=0)
        except Exception as fault:  # onnxruntime's own errors have no class in common
            if device == "cpu":
                said = str(fault).partition("\n")[0]
                raise BundleError(
                    f"{model}: onnxruntime cannot open the graph ({said}): export the bundle again"
                ) from fault
            if not isinstance(fault, (ValueError, RuntimeError)):
                raise
            raise DeviceError(
                f"device {device!r} could not be started ({fault}): check it with `nvidia-smi`"
            ) from fault
        if self.session.get_providers()[0] != wanted:
            raise DeviceError(
                f"device {device!r} was asked for and the session runs on {self.session.get_providers()[0]}: "
                "check the CUDA and cuDNN libraries (`nvidia-smi`), or ask for device='cpu'"
            )
        self.outputs = [item.name for item in self.session.get_outputs()]
        self.shapes = {item.name: tuple(item.shape) for item in self.session.get_outputs()}  # free axes are names
        self.inputs = {item.name for item in self.session.get_inputs()}

    @property
    def provider(self) -> str:
        """The provider that really runs."""
        return str(self.session.get_providers()[0])

    def __call__(self, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        feeds = {name: values for name, values in arrays.items() if name in self.inputs}
        if self.device == "cpu":
            return dict(zip(self.outputs, self.session.run(self.outputs, feeds), strict=True))
        return self._bound(feeds, "cuda")

    def _bound(self, feeds: dict[str, np.ndarray], place: str) -> dict[str, np.ndarray]:
        """Run with inputs that were copied to `place` and outputs that are copied from it.

        A binding belongs to one call, so that calls may run side by side. Its memory on the device comes from the
        session's arena and goes back there: to keep buffers for each shape by hand would save nothing but a look-up.
        """
        binding = self.session.io_binding()
        # A slice or a transposed array must lie in order first; on a CPU a value is the array's own memory: keep both.
        held = {
            name: ort.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(values), place, 0)
            for name, values in feeds.items()
        }
        for name, value in held.items():
            binding.bind_ortvalue_input(name, value)
        for name in self.outputs:
            binding.bind_output(name, "cpu")
        self.session.run_with_iobinding(binding)
        return dict(zip(self.outputs, binding.copy_outputs_to_cpu(), strict=True))
