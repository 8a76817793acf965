"""The resources `warehouse` and `source`: their pages show which database and files are meant.

Their fields are shown in Dagster's pages, so no password is among them. Whatever takes the resource
gets the engine itself (`sparkify_dagster.warehouse.Warehouse`) or the source.
"""

import dagster as dg
from pydantic import Field

from sparkify_dagster.lake.source import Source
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import Warehouse


def warehouse_resource(
    settings: Settings, warehouse: Warehouse
) -> dg.ConfigurableResource[Warehouse]:
    """Return the resource of a warehouse."""

    class WarehouseResource(dg.ConfigurableResource[Warehouse]):
        """What SPARKIFY_WAREHOUSE names. `query`, `fetch_dataframe` read; `transact` writes."""

        engine: str = Field(description="DuckDB, PostgreSQL or Redshift")
        location: str = Field(description="Where the warehouse is, as messages name it")
        host: str = Field(default="", description="The server; Redshift: found if it is not set")
        port: str = Field(default="", description="The server's port")
        cluster: str = Field(default="", description="Redshift's cluster, or the workgroup instead")
        database: str = Field(description="The database, or DuckDB's file")
        database_schema: str = Field(description="The schema that holds all tables")
        user: str = Field(default="", description="The user that loads log in as")

        def create_resource(self, context: dg.InitResourceContext) -> Warehouse:  # noqa: ARG002
            return warehouse

    return WarehouseResource(
        engine=warehouse.name,
        location=warehouse.location,
        database_schema=settings.schema_name,
        **_address(settings, warehouse),
    )


def _address(settings: Settings, warehouse: Warehouse) -> dict[str, str]:
    """Return the fields that name the server, the database and the user; no password."""
    scheme = settings.warehouse.partition(":")[0]
    if scheme == "redshift":
        redshift = settings.redshift
        return {
            "host": redshift.host,
            "port": str(redshift.port or ""),
            "cluster": redshift.name,
            "database": redshift.database,
            "user": redshift.user,
        }
    if scheme == "postgresql":
        from sparkify_dagster.warehouse.libpq import Dsn

        return Dsn(settings.warehouse).address
    return {"database": warehouse.location}


def source_resource(source: Source) -> dg.ConfigurableResource[Source]:
    """Return the resource of a source."""

    class SourceResource(dg.ConfigurableResource[Source]):
        """The files that are loaded, where SPARKIFY_SOURCE says: log_data/ and song_data/."""

        location: str = Field(description="The folder, or s3://bucket/prefix")

        def create_resource(self, context: dg.InitResourceContext) -> Source:  # noqa: ARG002
            return source

    return SourceResource(location=source.location)
