"""The files that a COPY reads: the manifest or the prefix, and the objects' bytes."""

import gzip
import json
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sparkify_dagster_tests.redshift_stand_in.copy_command import CopyCommand
from sparkify_dagster_tests.redshift_stand_in.copy_role import assumed_role, bucket_region
from sparkify_dagster_tests.redshift_stand_in.errors import RedshiftError, internal_error
from sparkify_dagster_tests.redshift_stand_in.rules import documented, from_experience

RULES = (
    documented(
        "A manifest's entry has a url; a mandatory file that is not there fails the COPY.",
        "loading-data-files-using-manifest",
    ),
    from_experience("A content_length that is not the file's fails the COPY."),
    from_experience("A broken gzip file fails the COPY, whatever MAXERROR says."),
    documented("GZIP holds for all files of a COPY.", "copy-parameters-file-compression"),
    documented(
        "Without REGION, buckets have to be in the cluster's Region; manifest, files and JSONPaths "
        "are read in one Region.",
        "copy-parameters-data-source-s3",
    ),
)

if TYPE_CHECKING:
    from sparkify_dagster_tests.redshift_stand_in.server import RedshiftStandIn


class CopyFiles:
    """Reads from S3 with credentials that come from assuming COPY's role."""

    def __init__(self, server: "RedshiftStandIn", command: CopyCommand) -> None:
        self._server = server
        self._command = command
        self._region = command.region or server.region
        self._s3 = assumed_role(server, command.role)
        self._checked_buckets: set[str] = set()

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        """Yield each file's URL and its bytes, unzipped; raises RedshiftError."""
        for url, size in self._listed():
            data = self._get(url)
            if size is not None and size != len(data):
                raise internal_error(
                    f"File size in manifest ({size}) does not match the object's ({len(data)})",
                    context=f"S3 key being read : {url}",
                )
            yield url, self._unzipped(url, data)

    def json_paths(self) -> list[str] | None:
        """Return the expressions of the JSONPaths file, or None where COPY goes by names."""
        if not self._command.json.startswith("s3://"):
            return None
        document = _document(self._get(self._command.json), self._command.json)
        paths = document.get("jsonpaths") if isinstance(document, dict) else None
        return list(paths) if isinstance(paths, list) else None

    def _listed(self) -> list[tuple[str, int | None]]:
        found = self._from_manifest() if self._command.manifest else self._from_prefix()
        if not found:
            key = _split(self._command.source)[1]
            raise internal_error(f"The specified S3 prefix '{key}' does not exist")
        return found

    def _from_prefix(self) -> list[tuple[str, int | None]]:
        bucket, prefix = _split(self._command.source)
        self._check_region(bucket)
        try:
            pages = list(
                self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            )
        except Exception as error:
            raise _service_error(error, self._command.source) from error
        return [
            (f"s3://{bucket}/{item['Key']}", None)
            for page in pages
            for item in page.get("Contents", [])
        ]

    def _from_manifest(self) -> list[tuple[str, int | None]]:
        try:
            document = _document(self._get(self._command.source), self._command.source)
        except RedshiftError as error:
            raise internal_error(
                f"Problem reading manifest file - {error.message}",
                context=f"Reading {self._command.source}",
            ) from error
        entries = document.get("entries") if isinstance(document, dict) else None
        if not isinstance(entries, list):
            raise internal_error(
                "Problem reading manifest file - no entries", context=self._command.source
            )
        found: list[tuple[str, int | None]] = []
        for entry in entries:
            if "url" not in entry:
                raise internal_error("Mandatory url is not present in manifest file.")
            if entry.get("mandatory", False) or self._exists(entry["url"]):
                found.append((entry["url"], entry.get("meta", {}).get("content_length")))
        return found

    def _exists(self, url: str) -> bool:
        bucket, key = _split(url)
        listed = self._s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)
        return any(item["Key"] == key for item in listed.get("Contents", []))

    def _get(self, url: str) -> bytes:
        bucket, key = _split(url)
        self._check_region(bucket)
        try:
            data: bytes = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except Exception as error:
            raise _service_error(error, url) from error
        return data

    def _unzipped(self, url: str, data: bytes) -> bytes:
        """Unzip; a broken gzip fails the COPY whatever MAXERROR says."""
        if not self._command.gzip:
            return data
        try:
            return gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise internal_error(
                f"Problem decompressing gzip file: {error}", context=f"S3 key being read : {url}"
            ) from error

    def _check_region(self, bucket: str) -> None:
        """Refuse a bucket elsewhere: without REGION the cluster's own region is meant."""
        if bucket in self._checked_buckets:
            return
        try:
            region = bucket_region(self._server, bucket)
        except Exception as error:
            raise _service_error(error, bucket) from error
        if region != self._region:
            raise internal_error(
                "S3ServiceException:The bucket you are attempting to access must be addressed "
                "using the specified endpoint. Please send all future requests to this endpoint."
                ",Status 301,Error PermanentRedirect",
                context=f"bucket {bucket}, region {self._region}",
            )
        self._checked_buckets.add(bucket)


def _document(data: bytes, url: str) -> Any:
    try:
        return json.loads(data)
    except ValueError as error:
        raise internal_error(f"Invalid JSON in {url}: {error}", context=url) from error


def _split(url: str) -> tuple[str, str]:
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key


def _service_error(error: Exception, url: str) -> RedshiftError:
    response: dict[str, Any] = getattr(error, "response", None) or {}
    if not response:
        return internal_error(f"S3ServiceException:{error}", context=url)
    code, message = response["Error"]["Code"], response["Error"].get("Message", "")
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    if code == "AccessDenied":
        message = "Access Denied"
    return internal_error(
        f"S3ServiceException:{message},Status {status},Error {code}",
        context=f"S3 key being read : {url}",
    )
