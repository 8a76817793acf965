"""What the loading code sends, which no file holds, passes the lint that files pass."""

import pytest

from sparkify_dagster.lake.source import Source
from sparkify_dagster.models import contract
from sparkify_dagster.warehouse.redshift import RedshiftWarehouse
from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.sql_lint import findings
from sparkify_dagster_tests.warehouse_redshift.conftest import Cloud
from sparkify_dagster_tests.warehouse_redshift.life import as_lines, event, load, song

pytestmark = pytest.mark.long

_AUDIT = "SELECT 0 AS query_number"
_NOT_SQL_OF_TABLES = ("BEGIN", "COMMIT", "SET", "LOCK", "COMMENT", "COPY", "ROLLBACK")


def test_no_statement_of_loads_means_something_else_on_redshift(
    warehouse: RedshiftWarehouse, source: Source, cloud: Cloud, redshift: RedshiftStandIn
) -> None:
    """Found by this test: rows were deleted by a correlated subquery."""
    cloud.put_events("log_data/2018/11/a.json", event(1), event(2, page="Home"))
    cloud.put("song_data/A/song.json", as_lines(song(1)))
    load(warehouse, source)
    cloud.put_events("log_data/2018/11/b.json", event(3), event(4))
    load(warehouse, source)
    cloud.put("song_data/A/song.json", as_lines(song(1, duration=1.5), song(2)))
    load(warehouse, source)
    texts = {text for text in redshift.texts if not text.startswith(_NOT_SQL_OF_TABLES)}
    audits = [text for text in texts if text.startswith(_AUDIT)]
    assert len(audits) > 20
    tables = contract.tables()
    found = {
        text: wrong
        for text in texts
        if "COPY " not in text
        if (wrong := findings(text, tables, check=text.startswith(_AUDIT)))
    }
    assert found == {}
