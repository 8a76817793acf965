"""A simulated company lives through some months while its loads are killed.

Files arrive, change, come late, twice or broken, and the processes that load them die at random
points (`kill -9`). At the end the tables have to equal those of one clean load of the final files.

    python -m sparkify_dagster_tests.life --engine duckdb --kills 200 --seed 1
"""
