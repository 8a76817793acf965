"""Moto's server, which the tests take for AWS."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def running_moto() -> Iterator[str]:
    """Run it, and give its URL; what it holds is shared by all servers of the process."""
    from moto.server import ThreadedMotoServer

    # It would read a list of machine images, megabytes of it, at each reset; none is asked for.
    os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    with running_moto() as url:
        yield url
