"""Which errors PostgreSQL is tried again after: by their code, never by a word in a name."""

import psycopg2
import pytest

from sparkify_dagster.warehouse.retries import ConnectionLost, is_passing

AT = 'connection to server on socket "/tmp/x/.s.PGSQL.5432" failed: '


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        (f"{AT}FATAL:  the database system is starting up\n", True),
        (f"{AT}FATAL:  sorry, too many clients already\n", True),
        (f'{AT}FATAL:  too many connections for role "a"\n', True),
        (f'{AT}FATAL:  database "too many clients already" does not exist\n', False),
        (f'{AT}FATAL:  role "the database system is starting up" does not exist\n', False),
        ('connection to server on socket "/too many clients already/x" failed: No such', False),
    ],
)
def test_a_login_passes_by_what_the_server_says(text: str, passes: bool) -> None:
    """Found by reading: the words were looked for anywhere, also in names."""
    assert is_passing(psycopg2.OperationalError(text)) is passes


def test_a_lost_connection_passes_whatever_its_text() -> None:
    assert is_passing(ConnectionLost(""))
