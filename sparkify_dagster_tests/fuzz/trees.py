"""Generated trees of files: in the layout, near it, and links and pipes among them."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hypothesis import strategies as st

from sparkify_dagster.lake.datasets import Dataset
from sparkify_dagster_tests.fuzz.contents import contents, packed, zipped

Special = Literal["file", "link out", "link around", "link to nothing", "link to itself", "pipe"]

_NAMES = ("a", "b", "c", "é \N{MUSICAL NOTE}", "it's", "[a]*", "%s", "a\nb", "a\x1bb", "=1+1", "#")
_ENDINGS = (".jsonl", ".JSON", ".json.bz2", ".txt", "")
_MANY_FILES: tuple[Special, ...] = ("file",) * 26
_SPECIALS: tuple[Special, ...] = (
    *_MANY_FILES,
    *("link out", "link around", "link to nothing", "link to itself", "pipe"),
)


@dataclass(frozen=True)
class Node:
    """A file, or what is in its place."""

    path: str
    content: bytes
    special: Special = "file"


@st.composite
def trees(draw: st.DrawFn, dataset: Dataset) -> list[Node]:
    """Draw the files of one month, or of the songs, and some beside them."""
    nodes: dict[str, Node] = {}
    for _ in range(draw(st.integers(1, 5))):
        node = draw(_nodes(dataset))
        if not any(path.startswith(node.path) or node.path.startswith(path) for path in nodes):
            nodes[node.path] = node
    return [*nodes.values()]


@st.composite
def _nodes(draw: st.DrawFn, dataset: Dataset) -> Node:
    special = draw(st.sampled_from(_SPECIALS))
    plain = contents(dataset)
    kind = draw(st.integers(0, 9))
    ending = ".json"
    if kind < 4:
        content = draw(plain)
    elif kind < 8:
        ending, content = ".json.gz", draw(zipped(plain))
    elif kind < 9:
        content = draw(packed(plain))
    else:
        ending, content = draw(st.sampled_from(_ENDINGS)), draw(plain)
    name = draw(st.sampled_from(_NAMES))
    return Node(f"{draw(_folders(dataset))}/{name}{ending}", content, special)


def _folders(dataset: Dataset) -> st.SearchStrategy[str]:
    if dataset.folder == "song_data":
        return st.sampled_from(("song_data/A/B", "song_data/A/B", "song_data/C", "songs"))
    month = "log_data/2018/11"
    return st.sampled_from((*([month] * 6), f"{month}/x", "log_data/2018/1", "log_data"))


def write(nodes: list[Node], folder: Path) -> None:
    """Write a tree into an empty folder."""
    for node in nodes:
        path = folder / node.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if node.special == "file":
            path.write_bytes(node.content)
        elif node.special == "pipe":
            os.mkfifo(path)
        else:
            path.symlink_to(_TARGETS[node.special].format(path.name))


_TARGETS: dict[Special, str] = {
    "link out": "/proc/self/environ",
    "link around": "..",
    "link to nothing": "nothing",
    "link to itself": "{}",
}
