"""The load tests of the stand-in, against a real cluster."""

import pytest

from sparkify_dagster_tests.warehouse_redshift.test_copy import (
    tables,
    test_a_broken_gzip_fails_the_load_and_is_named,
    test_a_file_that_changes_before_copy_is_listed_again,
    test_a_file_that_vanishes_before_copy_is_listed_again,
    test_a_good_value_is_stored_as_it_is,
    test_a_reject_names_file_line_reason_and_text,
    test_more_rejects_than_allowed_fail_the_load_with_the_first_of_them,
    test_only_new_and_changed_song_files_are_read_again,
    test_rejected_songs_are_told_as_on_other_engines,
    test_the_limit_holds_over_plain_and_zipped_files_and_over_loads,
    test_what_copy_takes_against_the_rules_is_rejected_by_them,
)
from sparkify_dagster_tests.warehouse_redshift.test_life import (
    duckdb,
    test_odd_data_gives_the_rows_that_duckdb_gives,
    test_spoilt_data_is_rejected_as_far_as_copy_sees_it,
    test_the_query_group_names_what_sent_a_query,
    test_the_real_sample_gives_the_rows_that_duckdb_gives,
)

__all__ = [
    "duckdb",
    "tables",
    "test_a_broken_gzip_fails_the_load_and_is_named",
    "test_a_file_that_changes_before_copy_is_listed_again",
    "test_a_file_that_vanishes_before_copy_is_listed_again",
    "test_a_good_value_is_stored_as_it_is",
    "test_a_reject_names_file_line_reason_and_text",
    "test_more_rejects_than_allowed_fail_the_load_with_the_first_of_them",
    "test_odd_data_gives_the_rows_that_duckdb_gives",
    "test_only_new_and_changed_song_files_are_read_again",
    "test_rejected_songs_are_told_as_on_other_engines",
    "test_spoilt_data_is_rejected_as_far_as_copy_sees_it",
    "test_the_limit_holds_over_plain_and_zipped_files_and_over_loads",
    "test_the_query_group_names_what_sent_a_query",
    "test_the_real_sample_gives_the_rows_that_duckdb_gives",
    "test_what_copy_takes_against_the_rules_is_rejected_by_them",
]

pytestmark = pytest.mark.live
