"""Alerts: a failed run is reported to the webhook that is set, and nowhere else."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import dagster as dg
import pytest

from sparkify_dagster.defs.alerts import alert, build_alerts
from sparkify_dagster.errors import SettingsError
from sparkify_dagster.settings import Settings
from sparkify_dagster_tests.defs.conftest import Pipeline


class Webhook:
    """A real web server that keeps what is posted to it."""

    def __init__(self) -> None:
        self.posted: list[dict[str, Any]] = []
        self.status = 200
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.posted.append(json.loads(body))
                self.send_response(hook.status)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/secret-token"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    hook = Webhook()
    yield hook
    hook.server.shutdown()
    hook.server.server_close()


def _failed_run(pipeline: Pipeline) -> dg.DagsterRun:
    pipeline.log("2018-11-01", "Song 1", bad=3)
    pipeline.settle("log_files")
    [run] = pipeline.instance.get_runs()
    return run


def _evaluate(pipeline: Pipeline, webhook: str) -> object:
    [sensor] = build_alerts(Settings(alert_webhook=webhook))
    run = _failed_run(pipeline)
    [entry] = pipeline.instance.all_logs(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
    context = dg.build_run_status_sensor_context(
        sensor_name="failed_runs",
        dagster_instance=pipeline.instance,
        dagster_run=run,
        dagster_event=entry.get_dagster_event(),
    ).for_run_failure()
    return sensor(context)


def test_a_failed_run_is_posted_with_what_to_do_in_its_first_line(
    pipeline: Pipeline, webhook: Webhook
) -> None:
    assert _evaluate(pipeline, webhook.url) is None
    [posted] = webhook.posted
    first = posted["text"].splitlines()[0]
    assert "2018-11" in first
    assert "SPARKIFY_MAX_REJECTS" in first
    assert posted["months"] == posted["failed"] == ["2018-11"]


def test_without_a_webhook_nothing_is_sent(pipeline: Pipeline) -> None:
    assert "nothing is sent" in str(_evaluate(pipeline, ""))


def test_a_run_that_died_without_a_reason_is_reported_too(pipeline: Pipeline) -> None:
    job = pipeline.definitions.resolve_job_def("load_songs")
    run = pipeline.instance.create_run_for_job(job)
    assert "ended without a reason" in str(alert(pipeline.instance, run)["text"])


def test_the_webhook_is_shown_nowhere_and_has_to_be_an_address() -> None:
    assert "secret-token" not in repr(Settings(alert_webhook="https://x/secret-token"))
    with pytest.raises(SettingsError, match="ALERT_WEBHOOK is no address") as wrong:
        Settings.from_environment({"SPARKIFY_ALERT_WEBHOOK": "file:///secret-token"})
    assert "secret-token" not in str(wrong.value)
