"""The messages that ship are those of the .proto files, and clash with nobody's."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, text_format

from headwater.serving.messages import BUNDLES, HEALTH, INFERENCE, PROTOS, method, pool


def compiled(folder: Path) -> str:
    """The .proto files as one text of descriptors."""
    names = sorted(path.name for path in PROTOS.glob("*.proto"))
    assert len(names) == 3
    words = ["-m", "grpc_tools.protoc", "-I", str(PROTOS), f"--descriptor_set_out={folder / 'made'}", *names]
    subprocess.run([sys.executable, *words], check=True)
    return text_format.MessageToString(descriptor_pb2.FileDescriptorSet.FromString((folder / "made").read_bytes()))


def test_what_ships_is_what_the_protos_say(tmp_path):
    held = (PROTOS / "protocol.txtpb").read_text(encoding="utf-8")
    assert held == compiled(tmp_path), "run python tests/serving/test_messages.py"


def test_tritons_own_messages_read_ours_and_ours_theirs_in_one_process():
    from tritonclient.grpc import model_config_pb2, service_pb2

    theirs = {**service_pb2.DESCRIPTOR.message_types_by_name, **model_config_pb2.DESCRIPTOR.message_types_by_name}
    ours = pool().FindFileByName("inference.proto").message_types_by_name
    assert len(ours) > 20
    for name, message in ours.items():
        numbers = {field.name: (field.number, field.type) for field in theirs[name].fields}
        for field in message.fields:
            assert numbers[field.name] == (field.number, field.type), f"{name}.{field.name}"
    request = method(INFERENCE, "ModelInfer")[0](model_name="all", raw_input_contents=[b"1"])
    request.inputs.add(name="ids", datatype="INT64", shape=[1, 2])
    assert service_pb2.ModelInferRequest.FromString(request.SerializeToString()).inputs[0].shape == [1, 2]
    for service in (INFERENCE, HEALTH, BUNDLES):
        assert pool().FindServiceByName(service) is not None
    with pytest.raises(KeyError):  # the pool that all share knows nothing of ours
        descriptor_pool.Default().FindFileByName("inference.proto")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as work:
        (PROTOS / "protocol.txtpb").write_text(compiled(Path(work)), encoding="utf-8")
