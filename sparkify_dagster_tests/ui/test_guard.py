"""The guard passes what the pages ask for and refuses what other web sites ask for."""

import asyncio
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from sparkify_dagster.ui.guard import Guard, local_hosts

_OWN = {"host": "127.0.0.1:3000"}


async def _app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - an ASGI app
    await send({"type": "passed"})


def _ask(
    path: str = "/graphql",
    method: str = "POST",
    query: str = "",
    kind: str = "http",
    **headers: str,
) -> bool:
    """Return whether a request reaches the app."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    scope = {
        "type": kind,
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": f"{kind}.connect"}

    asyncio.run(Guard(_app, local_hosts(3000))(scope, receive, send))
    passed = bool(sent[0]["type"] == "passed")
    assert passed or sent[0].get("status") == 403 or sent[0]["type"] == "websocket.close", sent
    return passed


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://127.0.0.1:3000", "sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "none"},
        {"host": "localhost:3000", "origin": "http://localhost:3000"},
    ],
)
def test_the_pages_own_requests_pass(kind: str, headers: dict[str, str]) -> None:
    assert _ask(kind=kind, **{**_OWN, **headers})


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "headers",
    [
        {"host": "attacker.example:3000"},
        {"host": "127.0.0.1:8000"},
        {"origin": "https://attacker.example"},
        {"origin": "http://127.0.0.1:8000"},
        {"origin": "null"},
        {"origin": "https://127.0.0.1:3000"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
def test_requests_of_other_sites_are_refused(kind: str, headers: dict[str, str]) -> None:
    """Found by a page on another port that started a run: before the fix, all of them passed."""
    assert not _ask(kind=kind, **{**_OWN, **headers})


def test_a_request_without_a_host_is_refused() -> None:
    assert not _ask()


def test_graphql_is_accepted_by_post_only_and_its_page_by_get() -> None:
    """Dagster carries out mutations by GET, which any link or picture can ask for."""
    for path in ("/graphql", "/graphql/"):
        assert not _ask(path, "GET", "query=mutation{x}", **_OWN)
        assert not _ask(path, "HEAD", "query=mutation{x}", **_OWN)
        assert _ask(path, "GET", **_OWN)
    assert _ask("/assets", "GET", "view=checks", **_OWN)
