"""What the gate accepted is known to other processes, and to no other version of the gate."""

from pathlib import Path

from sparkify_dagster_tests.redshift_stand_in.accepted import Accepted


def test_what_one_adds_another_knows(tmp_path: Path) -> None:
    one, other = (Accepted(tmp_path / "shapes") for _ in range(2))
    assert "SELECT 1" not in one
    one.add("SELECT 1")
    other.add("SELECT 2")
    for process in (one, other):
        assert "SELECT 1" in process
        assert "SELECT 2" in process
        assert "SELECT 3" not in process
