"""Refuses requests that other web sites make to Dagster's pages through the user's browser.

Dagster's web server has no login, and its `/graphql` starts runs. Any web site that the user visits
could ask for that. So a request must name this server as its Host (which stops DNS rebinding), and
must have no foreign Origin and no foreign Sec-Fetch-Site; browsers set both, and pages cannot.
GET with a query on `/graphql` is refused altogether, because Dagster accepts changes by it.
"""

from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

_OWN_SITES = {"same-origin", "none"}
_PROTOCOLS = {"http", "websocket"}


class Guard:
    """Passes a request on to an app, or refuses it with status 403 and the reason."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        """Guard an app whose own addresses, with the port, are `hosts`."""
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or one websocket."""
        refused = self._why_refused(scope) if scope["type"] in _PROTOCOLS else ""
        if not refused:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(reason=refused)(scope, receive, send)
        else:
            response = PlainTextResponse(f"Refused: {refused}.\n", HTTPStatus.FORBIDDEN)
            await response(scope, receive, send)

    def _why_refused(self, scope: Scope) -> str:
        headers: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
        hosts = headers.get("host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return "the Host is not this server's"
        if any(not self._is_own(origin) for origin in headers.get("origin", [])):
            return "the request comes from another web site (Origin)"
        if not _OWN_SITES.issuperset(headers.get("sec-fetch-site", [])):
            return "the request comes from another web site (Sec-Fetch-Site)"
        if _is_graphql(scope) and scope.get("method") != "POST" and scope.get("query_string"):
            return "GraphQL is accepted by POST only"
        return ""

    def _is_own(self, origin: str) -> bool:
        parts = urlsplit(origin.lower())
        return parts.scheme == "http" and parts.netloc in self._hosts


def _is_graphql(scope: Scope) -> bool:
    return bool(scope["type"] == "http" and scope["path"].rstrip("/").endswith("/graphql"))


def local_hosts(port: int) -> list[str]:
    """Return the names by which this machine's own browser reaches a port."""
    names = [f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")]
    return [*names, "127.0.0.1", "localhost", "[::1]"] if port == 80 else names  # noqa: PLR2004
