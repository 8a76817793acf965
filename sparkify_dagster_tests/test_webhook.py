"""Messages to a webhook: its address, which is a secret, is in no error."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from sparkify_dagster.errors import SparkifyError
from sparkify_dagster.webhook import is_webhook, post

SECRET = "planted-3Vb"


class Webhook(HTTPServer):
    """A web server that keeps what it is sent, and what logs in to it."""

    def __init__(self) -> None:
        self.posted: list[object] = []
        self.logins: list[str] = []
        self.status = 200
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hook.logins.append(self.headers.get("Authorization", ""))
                hook.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(hook.status)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with Webhook() as hook:
        threading.Thread(target=hook.serve_forever, daemon=True).start()
        yield hook
        hook.shutdown()


def test_a_message_is_posted_as_json(webhook: Webhook) -> None:
    post(f"http://127.0.0.1:{webhook.server_port}/{SECRET}", {"text": "x"})
    assert (webhook.posted, webhook.logins) == ([{"text": "x"}], [""])


def test_text_is_escaped_for_chat_programs_and_other_values_are_not(webhook: Webhook) -> None:
    """Found by reading: a title in an error could mention a channel or show another's link."""
    text = "a failed: <!channel> <http://127.0.0.1/|click> & \x1b[31m\nsecond line"
    post(f"http://127.0.0.1:{webhook.server_port}/", {"text": text, "job": "<load>"})
    escaped = (
        "a failed: &lt;!channel&gt; &lt;http://127.0.0.1/|click&gt; &amp; \\x1b[31m\nsecond line"
    )
    assert webhook.posted == [{"text": escaped, "job": "<load>"}]


def test_a_user_and_a_password_in_the_address_log_in(webhook: Webhook) -> None:
    """Found by trying: the alert was lost, and the address was in the log and in GraphQL."""
    post(f"http://me:{SECRET}%40@127.0.0.1:{webhook.server_port}/", {"text": "x"})
    assert webhook.posted == [{"text": "x"}]
    assert base64.b64decode(webhook.logins[0].removeprefix("Basic ")) == f"me:{SECRET}@".encode()


def test_a_refusal_is_an_error_without_the_address(webhook: Webhook) -> None:
    webhook.status = 403
    with pytest.raises(SparkifyError, match="answered 403") as refused:
        post(f"http://me:{SECRET}@127.0.0.1:{webhook.server_port}/{SECRET}", {"text": "x"})
    assert SECRET not in repr(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        f"http://127.0.0.1:9/{SECRET}",
        f"http://me:{SECRET}@127.0.0.1:9/",
        f"http://127.0.0.1:{SECRET}/",
        f"http://127.0.0.1:9/a b{SECRET}",
        f"http://127.0.0.1:9/\u00e9{SECRET}",
        f"http://{SECRET}..invalid/",
    ],
)
def test_what_cannot_be_reached_is_an_error_without_the_address(url: str) -> None:
    with pytest.raises(SparkifyError, match="cannot be reached") as caught:
        post(url, {"text": "x"})
    assert SECRET not in repr(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("url", ["https://a/b", "http://me:pw@a:8080/b?c=d", "http://[::1]:80/"])
def test_an_address_is_recognised(url: str) -> None:
    assert is_webhook(url)


@pytest.mark.parametrize(
    "url", ["", "a", "ftp://a/", "http://", "http:///a", "http://a:b/", "http://[a"]
)
def test_what_is_no_address_is_not(url: str) -> None:
    assert not is_webhook(url)
