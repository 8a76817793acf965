"""Messages to a webhook, whose address is a secret: it never appears in an error or a log."""

import base64
import http.client
import json
import urllib.error
import urllib.request
from urllib.parse import SplitResult, unquote, urlsplit

from sparkify_dagster.errors import SparkifyError
from sparkify_dagster.escaping import for_chat

_SECONDS = 10


def is_webhook(url: str) -> bool:
    """Whether this is an http or https address with a host, and a port that is a number."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def post(webhook: str, message: dict[str, object]) -> None:
    """Send a message as JSON; a user and a password in the address are sent as basic login.

    Its `text` is escaped for chat programs; other values are sent as they are.

    Raises SparkifyError, which shows nothing of the address.
    """
    parts = urlsplit(webhook)
    if "text" in message:
        message = message | {"text": for_chat(str(message["text"]))}
    request = urllib.request.Request(  # noqa: S310 - the settings take http and https only
        parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(),
        data=json.dumps(message).encode(),
        headers={"Content-Type": "application/json"},
    )
    if parts.username:
        # Not sent again to the host that a redirect names.
        request.add_unredirected_header("Authorization", _basic(parts))
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS):  # noqa: S310
            pass
    except urllib.error.HTTPError as error:
        raise SparkifyError(f"the alert's webhook answered {error.code}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        # The text of an InvalidURL and of a UnicodeError quotes the address.
        reason = getattr(error, "reason", None)
        said = reason if isinstance(reason, OSError) else type(error).__name__
        raise SparkifyError(f"the alert's webhook cannot be reached: {said}") from None


def _basic(parts: SplitResult) -> str:
    login = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return f"Basic {base64.b64encode(login.encode()).decode()}"
