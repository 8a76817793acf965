"""Where the company puts its files."""

import os
from pathlib import Path
from typing import Protocol


class Place(Protocol):
    """A folder, or a bucket's prefix."""

    location: str

    def put(self, path: str, content: bytes) -> None:
        """Write a file, or overwrite it."""

    def get(self, path: str) -> bytes:
        """Read a file."""

    def remove(self, path: str) -> None:
        """Remove a file."""

    def touch(self, path: str) -> None:
        """Write a file again as it is."""


class Folder:
    """A folder; a file appears in it whole."""

    def __init__(self, folder: Path) -> None:
        self.location = str(folder)
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, path: str, content: bytes) -> None:
        target = self._folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}")
        beside.write_bytes(content)
        beside.rename(target)

    def get(self, path: str) -> bytes:
        return (self._folder / path).read_bytes()

    def remove(self, path: str) -> None:
        (self._folder / path).unlink()

    def touch(self, path: str) -> None:
        os.utime(self._folder / path)


class Bucket:
    """A prefix of a bucket that is made for it."""

    def __init__(self, bucket: str, prefix: str) -> None:
        import boto3

        self.location = f"s3://{bucket}/{prefix}"
        self._s3 = boto3.client("s3")
        self._bucket, self._prefix = bucket, prefix
        self._s3.create_bucket(Bucket=bucket)

    def put(self, path: str, content: bytes) -> None:
        self._s3.put_object(Bucket=self._bucket, Key=f"{self._prefix}/{path}", Body=content)

    def get(self, path: str) -> bytes:
        key = f"{self._prefix}/{path}"
        return self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def remove(self, path: str) -> None:
        self._s3.delete_object(Bucket=self._bucket, Key=f"{self._prefix}/{path}")

    def touch(self, path: str) -> None:
        self.put(path, self.get(path))
