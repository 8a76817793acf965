"""Records that fail a whole COPY, whatever MAXERROR says.

An object over 4 MB does, and so does a JSONPath to an array element that is not there
(copy-parameters-data-format). COPY may say so in its own message, which names no file, or in the
load errors, which do.
"""

import re
from collections.abc import Sequence

from sparkify_dagster.errors import LoadError
from sparkify_dagster.lake.reading import RecordFile
from sparkify_dagster.lake.records import Rejected
from sparkify_dagster.lake.rules import LARGEST_OBJECT
from sparkify_dagster.lake.source import SourceFile
from sparkify_dagster.lake.staging import StagingTask
from sparkify_dagster.warehouse.redshift.copying import CopyFailedError

_FATAL = re.compile(r"exceeds? (the )?max|4 ?MB|4194304|index out of range", re.IGNORECASE)
_TOO_LARGE = re.compile("longer than 4 MB")


def refuse_fatal(task: StagingTask, files: Sequence[SourceFile], error: Exception) -> None:
    """Raise LoadError that names the file and what to do, if `error` is of this kind."""
    fatal = [e for e in getattr(error, "errors", []) if _FATAL.search(e.reason)]
    if isinstance(error, CopyFailedError) and fatal:
        places = [f"{e.url}, line {e.line}: {e.reason}" for e in fatal[:1]]
    elif not isinstance(error, CopyFailedError) and _FATAL.search(str(error)):
        places = _large_records(task, files)
    else:
        return
    where = places[0] if places else f"one of {len(files)} files: {str(error).splitlines()[0]}"
    raise LoadError(
        f"{task.title}: COPY fails on an object over 4 MB, or on a list that is too short, and "
        f"loads nothing of the month. It is in {where}. Take the record out of the file, or "
        "split it, and load again"
    ) from error


def _large_records(task: StagingTask, files: Sequence[SourceFile]) -> list[str]:
    """Find the first record over 4 MB in the files that can hold one."""
    for file in files:
        if not file.zipped and file.size <= LARGEST_OBJECT:
            continue
        for record in RecordFile(task.source, file, task.dataset).records():
            if isinstance(record, Rejected) and _TOO_LARGE.search(record.reason):
                return [f"{file.path}, line {record.line}: {record.reason}"]
    return []
