"""PostgreSQL's wire protocol, version 3: framing and the messages that both ends need."""

import socket
import struct
from collections.abc import Iterable, Mapping

from sparkify_dagster_tests.redshift_stand_in.errors import RedshiftError

PROTOCOL_3_0 = 196608
CANCEL_REQUEST = 80877102
SSL_REQUEST = 80877103
GSS_REQUEST = 80877104

_RECEIVE = 1 << 16


class Disconnected(Exception):  # noqa: N818 - an event, not a mistake
    """The other end is gone."""


class Wire:
    """Reads and writes messages over a socket; one thread at a time."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self._buffer = bytearray()

    def receive_exactly(self, size: int) -> bytes:
        """Return `size` bytes; raises Disconnected."""
        while len(self._buffer) < size:
            try:
                data = self.socket.recv(_RECEIVE)
            except OSError as error:
                raise Disconnected from error
            if not data:
                raise Disconnected
            self._buffer += data
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def receive(self) -> tuple[bytes, bytes]:
        """Return the next message: its type (one byte) and its body."""
        head = self.receive_exactly(5)
        return head[:1], self.receive_exactly(_integer(head[1:]) - 4)

    def receive_startup(self) -> tuple[int, bytes]:
        """Return the code and the body of a message without type: startup, TLS or cancel."""
        body = self.receive_exactly(_integer(self.receive_exactly(4)) - 4)
        return _integer(body[:4]), body[4:]

    def send(self, data: bytes) -> None:
        """Send bytes that are framed already; raises Disconnected."""
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise Disconnected from error

    def close(self) -> None:
        """Cut the connection without a word."""
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        finally:
            self.socket.close()


def message(kind: bytes, body: bytes = b"") -> bytes:
    """Frame a message."""
    return kind + struct.pack("!i", len(body) + 4) + body


def startup(parameters: Mapping[str, str]) -> bytes:
    """Frame the first message of a session."""
    pairs = b"".join(text(name) + text(value) for name, value in parameters.items())
    body = struct.pack("!i", PROTOCOL_3_0) + pairs + b"\0"
    return struct.pack("!i", len(body) + 4) + body


def startup_parameters(body: bytes) -> dict[str, str]:
    """Read what a client says of itself in its first message."""
    parts = body.decode().split("\0")
    return dict(zip(parts[0::2], parts[1::2], strict=False))


def text(value: str) -> bytes:
    """Encode a zero-terminated string."""
    return value.encode() + b"\0"


def query(sql: str) -> bytes:
    """Frame a simple query."""
    return message(b"Q", text(sql))


def command_complete(tag: str) -> bytes:
    """Frame what ends a statement that went well."""
    return message(b"C", text(tag))


def ready_for_query(status: bytes) -> bytes:
    """Frame the end of an answer; status is I, T or E."""
    return message(b"Z", status)


def error_response(error: RedshiftError) -> bytes:
    """Frame an error."""
    fields = {"S": error.severity, "C": error.sqlstate, "M": error.message, "D": error.detail}
    return message(b"E", _fields(fields))


def notice(note: str, *, severity: str = "INFO") -> bytes:
    """Frame a notice; Redshift's COPY speaks at level INFO."""
    return message(b"N", _fields({"S": severity, "C": "00000", "M": note}))


def error_of(body: bytes) -> RedshiftError:
    """Read an error or notice, without PostgreSQL's context, position and source file."""
    fields = {
        part[:1].decode(): part[1:].decode(errors="replace") for part in body.split(b"\0") if part
    }
    return RedshiftError(
        fields.get("C", "XX000"), fields.get("M", ""), fields.get("D", ""), fields.get("S", "ERROR")
    )


def row(values: Iterable[str | None]) -> bytes:
    """Frame a row of text."""
    cells = [None if value is None else value.encode() for value in values]
    body = struct.pack("!h", len(cells)) + b"".join(
        struct.pack("!i", -1) if cell is None else struct.pack("!i", len(cell)) + cell
        for cell in cells
    )
    return message(b"D", body)


def parse_row(body: bytes) -> list[str | None]:
    """Read a row of text."""
    (count,) = struct.unpack_from("!h", body)
    position = 2
    values: list[str | None] = []
    for _ in range(count):
        size = _integer(body[position : position + 4])
        position += 4
        if size < 0:
            values.append(None)
        else:
            values.append(body[position : position + size].decode())
            position += size
    return values


def retype_columns(body: bytes, types: Mapping[int, int]) -> bytes:
    """Replace the type identifiers in a row description."""
    (count,) = struct.unpack_from("!h", body)
    changed, position = bytearray(body), 2
    for _ in range(count):
        position = body.index(b"\0", position) + 1
        (kind,) = struct.unpack_from("!I", body, position + 6)
        struct.pack_into("!I", changed, position + 6, types.get(kind, kind))
        position += 18
    return bytes(changed)


def _fields(values: Mapping[str, str]) -> bytes:
    return b"".join(code.encode() + text(value) for code, value in values.items() if value) + b"\0"


def _integer(data: bytes) -> int:
    number: int = struct.unpack("!i", data)[0]
    return number
