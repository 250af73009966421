"""OTLP messages that stop at the attributes.

Most attributes of a stream repeat (method, route, service, scope). These classes are OTLP's own descriptors with every
field of type KeyValue, AnyValue, Resource and InstrumentationScope declared as ``bytes``, which is the same on the
wire: upb then hands out the encoded attribute, and the receiver looks its redacted form up by those bytes instead of
walking the message. What was not seen before is parsed with the real class, so nothing goes unchecked.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from opentelemetry.proto.logs.v1 import logs_pb2
from opentelemetry.proto.metrics.v1 import metrics_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

_OPAQUE = frozenset(
    {
        ".opentelemetry.proto.common.v1.KeyValue",
        ".opentelemetry.proto.common.v1.AnyValue",
        ".opentelemetry.proto.common.v1.InstrumentationScope",
        ".opentelemetry.proto.resource.v1.Resource",
    }
)
_PREFIX = "otel_kit.shallow."


def _cut(message: DescriptorProto) -> None:
    for field in message.field:
        if field.type_name in _OPAQUE:
            field.type = FieldDescriptorProto.TYPE_BYTES
            field.ClearField("type_name")
        elif field.type_name:
            field.type_name = f".{_PREFIX}{field.type_name[1:]}"
    for nested in message.nested_type:
        _cut(nested)


def _shallow(module: Any, message: str) -> Any:
    file = FileDescriptorProto()
    module.DESCRIPTOR.CopyToProto(file)
    file.name = f"otel_kit/shallow/{file.name}"
    file.package = _PREFIX + file.package
    del file.dependency[:]
    for each in file.message_type:
        _cut(each)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{file.package}.{message}"))


# TracesData and the export request of the same signal are one and the same on the wire (OTLP 1.10, "repeated
# ResourceSpans resource_spans = 1"); so are the two others.
TracesData = _shallow(trace_pb2, "TracesData")
LogsData = _shallow(logs_pb2, "LogsData")
MetricsData = _shallow(metrics_pb2, "MetricsData")
