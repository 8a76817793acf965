"""What a load says about files that are not where they are expected."""

from collections.abc import Sequence
from itertools import islice

from sparkify_dagster.errors import SourceError
from sparkify_dagster.lake.source import Listing, Source, looks_like_data

EXPECTED = (
    "log_data/YYYY/MM/*.json for events and song_data/**/*.json for songs, each also as .json.gz"
)
_SHOWN = 5
_LOOKED_AT = 2_000
_FOLDERS = ("log_data/", "song_data/")


def note_unrecognised(unrecognised: Sequence[str]) -> str:
    """Give the sentence for a summary that names unrecognised files; empty if there are none."""
    if not unrecognised:
        return ""
    files = "file is" if len(unrecognised) == 1 else "files are"
    return (
        f"{len(unrecognised):,} {files} not loaded, because the layout is {EXPECTED}: "
        f"{_some_of(unrecognised)}"
    )


def no_files(source: Source, listing: Listing) -> SourceError:
    """Give the error for a source that holds no file of the layout.

    It says what was found, what is expected, and which folder may be meant.
    """
    around = [path for path in islice(source.around(), _LOOKED_AT) if _is_shown(path)]
    found = [*listing.unrecognised, *(p for p in around if p not in set(listing.unrecognised))]
    found = [path for path in found if not path.endswith("/")] or found
    found.sort(key=looks_like_data, reverse=True)
    what = f"It holds {_some_of(found)}." if found else "It is empty."
    return SourceError(
        f"the source {source.location} holds no file of the layout {EXPECTED}. {what} "
        f"{_advice(source.location, around)}"
    )


def _advice(location: str, around: Sequence[str]) -> str:
    for path in around:
        folder, _, below = path.partition("/")
        if below in _FOLDERS:
            return f"Set SPARKIFY_SOURCE to {location}/{folder}."
    above, _, name = location.rpartition("/")
    if f"{name}/" in _FOLDERS:
        return f"Set SPARKIFY_SOURCE to {above}, the folder that holds {name}/."
    if not around:
        return "Copy the files there, set SPARKIFY_SOURCE, or run `sparkify simulate`."
    return "Move or rename the files, or set SPARKIFY_SOURCE to the folder that has this layout."


def _is_shown(path: str) -> bool:
    return not path.startswith(".") and "/." not in path


def _some_of(paths: Sequence[str]) -> str:
    more = len(paths) - _SHOWN
    return ", ".join(paths[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
