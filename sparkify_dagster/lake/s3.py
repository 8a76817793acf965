"""A source in S3.

Every object is read with If-Match and the ETag that was listed, so what is read is what was
listed, and no second request per object is needed to know it. Region, credentials and endpoint
come from AWS's own chain, AWS_ENDPOINT_URL among it.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from sparkify_dagster.cluster.aws import Aws, ClusterError, error_code, explained
from sparkify_dagster.errors import SourceError
from sparkify_dagster.lake.source import Entry, Source, SourceChanged, SourceFile

if TYPE_CHECKING:
    from botocore.config import Config
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

_CHANGED = {"PreconditionFailed", "NoSuchKey", "412", "404"}
_UNREAD = re.compile(
    rb"<(LastModified|StorageClass|ChecksumAlgorithm|ChecksumType)>[^<]*</\1>"
)  # of an object in a listing
_BUFFER = 128 * 1024
_RESUMPTIONS = 4
_AROUND = 100  # keys of a page, and folders, that are looked at for a message
_AROUND_FOLDERS = 20
_TRIES = 8


class S3Source(Source):
    """Objects below a prefix; the ETag decides whether one is read, and is its digest."""

    # At 30 ms a request this is what botocore's own work leaves time for.
    readers = 32

    def __init__(self, location: str) -> None:
        super().__init__()
        self.location = location.rstrip("/")
        self._bucket, _, prefix = self.location.removeprefix("s3://").partition("/")
        self._prefix = f"{prefix}/" if prefix else ""

    def files(self, prefix: str, after: str = "") -> Iterator[Entry]:
        """Yield the objects below a prefix in order, except hidden ones."""
        with _explained(f"list {self.location}/{prefix}"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket,
                Prefix=self._prefix + prefix,
                StartAfter=self._prefix + after if after else "",
            )
            for page in pages:
                for item in page.get("Contents", []):
                    path = item["Key"].removeprefix(self._prefix)
                    if not path.endswith("/") and "/." not in path:
                        yield Entry(path, item["Size"], item["ETag"].strip('"'))

    def around(self) -> Iterator[str]:
        """Yield the first paths below the prefix, two levels deep."""
        folders = []
        for path in self._level(""):
            yield path
            if path.endswith("/"):
                folders.append(path)
        for folder in folders[:_AROUND_FOLDERS]:
            yield from self._level(folder)

    def open(self, file: SourceFile) -> BinaryIO:
        """Open an object's bytes; a connection that breaks is resumed where it broke."""
        stream = _ObjectStream(self, file)
        return cast("BinaryIO", io.BufferedReader(stream, _BUFFER))

    def head(self, file: SourceFile, size: int) -> bytes:
        """Read the first bytes of an object only."""
        if not file.size:  # an empty object has no range of bytes
            return b""
        with _explained(f"read {self.location}/{file.path}"):
            return self._request(file, f"bytes=0-{size - 1}").read()

    def unchanged(self, file: SourceFile) -> bool:  # noqa: ARG002
        """Give True: `open` reads no other version than the one that was listed."""
        return True

    def known_digest(self, file: SourceFile) -> str:
        """Give the ETag."""
        return file.version

    def read_from(self, file: SourceFile, position: int) -> "StreamingBody":
        """Request an object's bytes from a position on; raises SourceChanged or SourceError."""
        # An empty object has no first byte to begin a range with.
        return self._request(file, f"bytes={position}-" if position else None)

    def _request(self, file: SourceFile, wanted_range: str | None) -> "StreamingBody":
        from botocore.exceptions import ClientError

        wanted: dict[str, Any] = {"Bucket": self._bucket, "Key": self._prefix + file.path}
        if wanted_range:
            wanted["Range"] = wanted_range
        with _explained(f"read {self.location}/{file.path}"):
            try:
                found = self._client.get_object(IfMatch=f'"{file.version}"', **wanted)
            except ClientError as error:
                if error_code(error) in _CHANGED:
                    raise SourceChanged(
                        f"{self.location}/{file.path} changed or vanished after it was listed"
                    ) from error
                raise
        return found["Body"]

    def _level(self, folder: str) -> list[str]:
        """List what lies directly in a folder, as one page of keys shows it."""
        with _explained(f"list {self.location}/{folder}"):
            page = self._client.list_objects_v2(
                Bucket=self._bucket, Prefix=self._prefix + folder, Delimiter="/", MaxKeys=_AROUND
            )
        keys = [item["Key"] for item in page.get("Contents", [])]
        keys += [item["Prefix"] for item in page.get("CommonPrefixes", [])]
        return [key.removeprefix(self._prefix) for key in keys if key != self._prefix + folder]

    @cached_property
    def _client(self) -> "S3Client":
        client = Aws().session.client("s3", config=_config(self.readers))
        client.meta.events.register("before-parse.s3.ListObjectsV2", _leave_out_unread)
        return client


class _ObjectStream(io.RawIOBase):
    """An object's bytes, in order."""

    def __init__(self, source: S3Source, file: SourceFile) -> None:
        self._source = source
        self._file = file
        self._position = 0
        self._body = source.read_from(file, 0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        block = self._read(len(buffer))
        buffer[: len(block)] = block
        self._position += len(block)
        return len(block)

    def close(self) -> None:
        if not self.closed:
            self._body.close()
        super().close()

    def _read(self, size: int) -> bytes:
        from botocore.exceptions import HTTPClientError, IncompleteReadError

        for _ in range(_RESUMPTIONS):
            try:
                return self._body.read(size)
            except (HTTPClientError, IncompleteReadError):
                self._body.close()
                self._body = self._source.read_from(self._file, self._position)
        with _explained(f"read {self._source.location}/{self._file.path}"):
            return self._body.read(size)


def _leave_out_unread(response_dict: dict[str, Any], **_: object) -> None:
    """Take out of a page what `files` does not read: botocore parses times slowly, one a key."""
    response_dict["body"] = _UNREAD.sub(b"", response_dict["body"])


@contextmanager
def _explained(doing: str) -> Iterator[None]:
    try:
        with explained("s3", doing):
            yield
    except ClusterError as error:
        raise SourceError(str(error)) from error.__cause__


def _config(connections: int) -> "Config":
    from botocore.config import Config

    return Config(
        connect_timeout=10,
        read_timeout=60,
        max_pool_connections=connections,
        # Adaptive: a SlowDown from S3 slows all readers, not only the one refused.
        retries={"mode": "adaptive", "total_max_attempts": _TRIES},
    )
