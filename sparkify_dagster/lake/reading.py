"""A source file read record by record."""

from collections.abc import Iterator
from typing import BinaryIO, cast

from sparkify_dagster.lake import limits
from sparkify_dagster.lake.broken import BrokenFileError, array_fault
from sparkify_dagster.lake.datasets import Dataset
from sparkify_dagster.lake.records import Accepted, ArrayError, Rejected, read_records
from sparkify_dagster.lake.source import Source, SourceChanged, SourceFile
from sparkify_dagster.lake.text import PlainText


class RecordFile:
    """A file whose records are read in order, from its beginning or from a later line on.

    `digest` is the digest of its content, known when all records have been read.
    """

    def __init__(
        self, source: Source, file: SourceFile, dataset: Dataset, offset: int = 0, lines: int = 0
    ) -> None:
        self.file = file
        self.digest = ""
        self._source = source
        self._dataset = dataset
        self._offset = offset
        self._lines = lines

    def records(self) -> Iterator[Accepted | Rejected]:
        """Yield every record, in order.

        Raises BrokenFileError, SourceChanged if the file is no longer what was listed, and
        SourceError.
        """
        file = self.file
        with PlainText(self._source, file) as plain:
            self._skip(plain)
            stream = cast("BinaryIO", plain)
            try:
                yield from read_records(stream, self._dataset, file.log_month, self._lines + 1)
            except ArrayError as error:
                fault = array_fault(file.path)
                raise BrokenFileError({file.path: fault}, file.log_month) from error
            self.digest = plain.finish()

    def _skip(self, plain: PlainText) -> None:
        left = self._offset
        while left:
            block = plain.read1(min(left, limits.BLOCK))
            if not block:
                raise SourceChanged(f"{self.file.path} changed while it was read")
            left -= len(block)
