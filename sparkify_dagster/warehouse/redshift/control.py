"""The control prefix: what COPY is given to read besides the source."""

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO
from uuid import uuid4

from sparkify_dagster.cluster.aws import Aws, ClusterError, bucket_and_prefix, explained

_DELETED_AT_ONCE = 1000
_log = logging.getLogger(__name__)


class ControlPrefix:
    """`SPARKIFY_CONTROL`, an `s3://bucket/prefix` that this project writes and COPY reads."""

    def __init__(self, location: str, aws: Aws) -> None:
        self.location = location.rstrip("/")
        self._aws = aws
        self._kept: set[str] = set()

    def keep(self, kind: str, text: str) -> str:
        """Have a text there that stays, named by its digest; give its URL."""
        body = text.encode()
        url = f"{self.location}/{kind}/{hashlib.sha256(body).hexdigest()}.json"
        if url not in self._kept:
            self.put(url, body)
            self._kept.add(url)
        return url

    @contextmanager
    def load(self) -> Iterator["LoadFolder"]:
        """Give a folder of a load's own, removed with all that is in it when the block ends."""
        folder = LoadFolder(self, f"{self.location}/loads/{uuid4()}")
        try:
            yield folder
        finally:
            self._remove(folder.urls)

    def put(self, url: str, body: bytes | BinaryIO) -> None:
        """Write an object; raises ClusterError."""
        bucket, key = bucket_and_prefix(url)
        with explained("s3", f"write {url}"):
            self._aws.s3.put_object(
                Bucket=bucket, Key=key, Body=body, ExpectedBucketOwner=self._aws.account
            )

    def _remove(self, urls: Iterable[str]) -> None:
        """Remove objects. What cannot be removed costs little, and no load fails for it."""
        bucket, _ = bucket_and_prefix(self.location)
        keys = [bucket_and_prefix(url)[1] for url in urls]
        for n in range(0, len(keys), _DELETED_AT_ONCE):
            some = [{"Key": key} for key in keys[n : n + _DELETED_AT_ONCE]]
            try:
                with explained("s3", f"remove what a load left under {self.location}"):
                    self._aws.s3.delete_objects(
                        Bucket=bucket,
                        Delete={"Objects": some, "Quiet": True},  # type: ignore[typeddict-item]
                        ExpectedBucketOwner=self._aws.account,
                    )
            except ClusterError as error:
                _log.warning("%s", error)


class LoadFolder:
    """What one load wrote; its methods may be called from several threads."""

    def __init__(self, control: ControlPrefix, url: str) -> None:
        self._control = control
        self._url = url
        self.urls: list[str] = []

    def put(self, name: str, body: bytes | BinaryIO) -> str:
        """Write an object of the load's; give its URL."""
        url = f"{self._url}/{name}"
        self.urls.append(url)  # first, so that a write of unknown outcome is removed too
        self._control.put(url, body)
        return url

    def put_manifest(self, name: str, files: Iterable[tuple[str, int]]) -> str:
        """Write a manifest of exactly these (URL, size); give its URL."""
        entries = [
            {"url": url, "mandatory": True, "meta": {"content_length": size}} for url, size in files
        ]
        return self.put(f"{name}.manifest", json.dumps({"entries": entries}).encode())
