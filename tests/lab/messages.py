# SPDX-License-Identifier: BSD-2-Clause
"""
The part of the CRI (runtime.v1, in k8s.io/cri-api) that is spoken here. Field numbers are all that goes over the wire,
so a table of them does instead of generated code.
"""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PACKAGE = "runtime.v1"

# Message: {field: (type, number)}. "*T": repeated; "map": strings to strings; another message by its name. Enums travel
# as int32. Messages that are not here are sent and read as if they were empty.
FIELDS = {
    "Empty": {},
    "StatusResponse": {"status": ("RuntimeStatus", 1)},
    "RuntimeStatus": {"conditions": ("*RuntimeCondition", 1)},
    "RuntimeCondition": {"type": ("string", 1), "status": ("bool", 2), "reason": ("string", 3), "message": ("string", 4)},
    "ImageSpec": {"image": ("string", 1)},
    "Image": {"id": ("string", 1)},
    "ImageStatusRequest": {"image": ("ImageSpec", 1)},
    "ImageStatusResponse": {"image": ("Image", 1)},
    "NamespaceOption": {"network": ("int32", 1), "pid": ("int32", 2), "ipc": ("int32", 3)},
    "PodSandboxMetadata": {"name": ("string", 1), "uid": ("string", 2), "namespace": ("string", 3), "attempt": ("uint32", 4)},
    "LinuxSandboxSecurityContext": {"namespace_options": ("NamespaceOption", 1)},
    "LinuxPodSandboxConfig": {"cgroup_parent": ("string", 1), "security_context": ("LinuxSandboxSecurityContext", 2)},
    "PodSandboxConfig": {
        "metadata": ("PodSandboxMetadata", 1), "labels": ("map", 6), "annotations": ("map", 7),
        "linux": ("LinuxPodSandboxConfig", 8)},
    "RunPodSandboxRequest": {"config": ("PodSandboxConfig", 1)},
    "RunPodSandboxResponse": {"pod_sandbox_id": ("string", 1)},
    "PodSandboxStatusRequest": {"pod_sandbox_id": ("string", 1), "verbose": ("bool", 2)},
    "PodSandboxStatusResponse": {"info": ("map", 2)},
    "StopPodSandboxRequest": {"pod_sandbox_id": ("string", 1)},
    "RemovePodSandboxRequest": {"pod_sandbox_id": ("string", 1)},
    "LinuxContainerSecurityContext": {"namespace_options": ("NamespaceOption", 3)},
    "LinuxContainerConfig": {"security_context": ("LinuxContainerSecurityContext", 2)},
    "ContainerMetadata": {"name": ("string", 1), "attempt": ("uint32", 2)},
    "ContainerConfig": {
        "metadata": ("ContainerMetadata", 1), "image": ("ImageSpec", 2), "command": ("*string", 3), "labels": ("map", 9),
        "annotations": ("map", 10), "linux": ("LinuxContainerConfig", 15)},
    "CreateContainerRequest": {
        "pod_sandbox_id": ("string", 1), "config": ("ContainerConfig", 2), "sandbox_config": ("PodSandboxConfig", 3)},
    "CreateContainerResponse": {"container_id": ("string", 1)},
    "StartContainerRequest": {"container_id": ("string", 1)},
    "StopContainerRequest": {"container_id": ("string", 1), "timeout": ("int64", 2)},
    "RemoveContainerRequest": {"container_id": ("string", 1)},
    "ContainerStatusRequest": {"container_id": ("string", 1), "verbose": ("bool", 2)},
    "ContainerStatus": {"state": ("int32", 3), "exit_code": ("int32", 7), "reason": ("string", 10)},
    "ContainerStatusResponse": {"status": ("ContainerStatus", 1), "info": ("map", 2)},
}

_FIELD = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "bool": _FIELD.TYPE_BOOL, "int32": _FIELD.TYPE_INT32, "int64": _FIELD.TYPE_INT64, "string": _FIELD.TYPE_STRING,
    "uint32": _FIELD.TYPE_UINT32}


def _add_map(message, field):
    """A map is a repeated message with a key and a value that is marked as such."""
    entry = message.nested_type.add(name=f"{field.title()}Entry", options={"map_entry": True})
    for number, name in enumerate(("key", "value"), 1):
        entry.field.add(name=name, number=number, label=_FIELD.LABEL_OPTIONAL, type=_FIELD.TYPE_STRING)
    return f"{message.name}.{entry.name}"


def _file():
    file = descriptor_pb2.FileDescriptorProto(name="lab/cri.proto", package=PACKAGE, syntax="proto3")
    for name, fields in FIELDS.items():
        message = file.message_type.add(name=name)
        for field, (kind, number) in fields.items():
            repeated = kind == "map" or kind.startswith("*")
            kind = _add_map(message, field) if kind == "map" else kind.removeprefix("*")
            message.field.add(
                name=field, number=number, label=_FIELD.LABEL_REPEATED if repeated else _FIELD.LABEL_OPTIONAL,
                type=_SCALARS.get(kind, _FIELD.TYPE_MESSAGE),
                type_name=None if kind in _SCALARS else f".{PACKAGE}.{kind}")
    return file


def classes():
    """{message: class}."""
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_file())
    # GetPrototype() went when GetMessageClass() came, in protobuf 4.22.
    make = getattr(message_factory, "GetMessageClass", None) or message_factory.MessageFactory(pool).GetPrototype
    return {name: make(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in FIELDS}
