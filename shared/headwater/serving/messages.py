"""The messages of gRPC, as classes: `protos/*.proto`, compiled into `protos/protocol.txtpb`.

They live in a pool of descriptors of their own: `tritonclient` and KServe's packages register the same full names in
protobuf's default pool, where a second file of these names is an error. After a change of a .proto,
`python tests/serving/test_messages.py` compiles them anew.
"""

from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format

__all__ = ["BUNDLES", "HEALTH", "INFERENCE", "PROTOS", "method", "pool"]

PROTOS = Path(__file__).parent / "protos"
INFERENCE = "inference.GRPCInferenceService"
HEALTH = "grpc.health.v1.Health"
BUNDLES = "headwater.v1.Bundles"


@cache
def pool() -> descriptor_pool.DescriptorPool:
    """The descriptors of every message and service here."""
    made = descriptor_pool.DescriptorPool()
    text = (PROTOS / "protocol.txtpb").read_text(encoding="utf-8")
    held = text_format.Parse(text, descriptor_pb2.FileDescriptorSet())
    for file in held.file:
        made.AddSerializedFile(file.SerializeToString())
    return made


@cache
def method(service: str, name: str) -> tuple[Any, Any]:
    """The classes of a method's request and response.

    >>> ask, _ = method(INFERENCE, "ModelReady")
    >>> ask(name="entities").SerializeToString()
    b'\\n\\x08entities'
    """
    found = pool().FindServiceByName(service).methods_by_name[name]
    return message_factory.GetMessageClass(found.input_type), message_factory.GetMessageClass(found.output_type)
