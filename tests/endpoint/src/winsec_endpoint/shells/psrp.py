# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of MS-PSRP 2.2 in fragments, read and packed with pypsrp.

pypsrp is a client: it can't read every message that it packs (INIT_RUNSPACEPOOL and CREATE_PIPELINE with a host in
them), nor pack every one that it reads (PIPELINE_OUTPUT). So what comes in is read as generic objects.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError

from pypsrp.complex_objects import ComplexObject, GenericComplexObject, HostMethodIdentifier, ObjectMeta
from pypsrp.exceptions import SerializationError
from pypsrp.messages import (
    ApplicationPrivateData,
    Destination,
    ErrorRecordMessage,
    Message,
    MessageType,
    PipelineHostCall,
    PipelineState,
    RunspacePoolStateMessage,
    SessionCapability,
)
from pypsrp.powershell import Fragment
from pypsrp.serializer import Serializer

from ..wsman.faults import MALFORMED, Fault
from .output import PIECE

_FRAGMENT_HEADER, _MESSAGE_HEADER = 21, 40  # bytes: MS-PSRP 2.2.4 and 2.2.1
_SET_SHOULD_EXIT = 6  # MS-PSRP 2.2.3.17
_NO_ANSWER_WANTED = -100  # the call id of host methods that return nothing: recorded by pypsrp


class Incoming(NamedTuple):
    """A message from a client. `data` has the names of MS-PSRP 2.2.2 as its `extended_properties`."""

    message_type: int
    data: GenericComplexObject


class Reader:
    """Puts fragments together. Those of one message may come in several requests."""

    def __init__(self) -> None:
        self._begun: dict[int, bytes] = {}

    def read(self, data: bytes) -> list[Incoming]:
        try:
            return [_unpack(message) for message in self._whole(data)]
        except (struct.error, SerializationError, ParseError, UnicodeDecodeError) as error:
            raise Fault(MALFORMED) from error

    def _whole(self, data: bytes) -> Iterator[bytes]:
        while data:
            fragment, data = Fragment.unpack(data)
            message = self._begun.pop(fragment.object_id, b"") + fragment.data
            if fragment.end:
                yield message
            else:
                self._begun[fragment.object_id] = message


class Writer:
    """Packs the messages of one runspace pool."""

    def __init__(self, pool_id: str) -> None:
        self._pool_id = pool_id
        self._serializer = Serializer()
        self._written = 0

    def write(self, message: Any, pipeline_id: str | None = None) -> Iterator[bytes]:
        """The fragments of a message to the client."""
        packed = Message(Destination.CLIENT, self._pool_id, pipeline_id, message, self._serializer).pack()
        size = PIECE - _FRAGMENT_HEADER
        starts = range(0, len(packed), size)
        self._written += 1
        for number, start in enumerate(starts):
            part, is_last = packed[start : start + size], start == starts[-1]
            yield Fragment(self._written, number, part, start=number == 0, end=is_last).pack()


class OutputText(str):
    """PIPELINE_OUTPUT of a string."""

    MESSAGE_TYPE = MessageType.PIPELINE_OUTPUT


def greeting(version: str) -> tuple[ComplexObject, ...]:
    """MS-PSRP 2.2.2.1, 2.2.2.13: how a server answers the opening of a pool (pypsrp's test_psrp_open_runspace.yml)."""
    return SessionCapability(version, "2.0", "1.1.0.1"), ApplicationPrivateData(data={})


def pool_state(state: int) -> ComplexObject:
    return RunspacePoolStateMessage(state=state)


def pipeline_state(state: int, error: ComplexObject | None = None) -> ComplexObject:
    return PipelineState(state=state, error_record=error)


def set_should_exit(exit_status: int) -> ComplexObject:
    """The host call that `exit` comes to: Ansible's psrp connection takes the exit status from it."""
    method = HostMethodIdentifier(value=_SET_SHOULD_EXIT)
    return PipelineHostCall(ci=_NO_ANSWER_WANTED, mi=method, mp=[exit_status])


def error_record(text: str, error_id: str, target: str) -> ComplexObject:
    record = ErrorRecordMessage(fq_error=error_id, category=0, message=text, target_name=target, invocation=False)
    # pypsrp sets only some of the attributes that it packs.
    unset = {name: None for name, _type in record._extended_properties if not hasattr(record, name)}
    vars(record).update(unset, _to_string=text)
    return record


def script(pipeline: GenericComplexObject) -> str:
    """The commands of CREATE_PIPELINE (MS-PSRP 2.2.2.10, 2.2.3.11)."""
    commands = pipeline.extended_properties["PowerShell"].extended_properties["Cmds"]
    return "\n".join(command.extended_properties["Cmd"] for command in commands)


def _unpack(message: bytes) -> Incoming:
    (message_type,) = struct.unpack_from("<I", message, 4)
    text = message[_MESSAGE_HEADER:].decode("utf-8-sig")
    if message_type not in (MessageType.INIT_RUNSPACEPOOL, MessageType.CREATE_PIPELINE):
        return Incoming(message_type, GenericComplexObject())
    generic = ObjectMeta("ObjDynamic", object=GenericComplexObject)
    return Incoming(message_type, Serializer().deserialize(text, generic))
