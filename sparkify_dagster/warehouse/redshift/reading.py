"""Reading Redshift: one SELECT or WITH, in a read-only transaction, by a reader's login if any.

The protocol lets a text hold several statements, so what is one statement is decided here, before
the text is sent, and in doubt it is refused.
"""

import re
from typing import TYPE_CHECKING

from sparkify_dagster.cluster import Aws, ConnectionCredentials
from sparkify_dagster.cluster.aws import explained
from sparkify_dagster.errors import SettingsError, WarehouseError
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse.base import Answer

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - a class in fact

# Where text ends is plain for these, if it holds no backslash, dollar quote or block comment.
_OPAQUE = re.compile(r"'[^']*'|\"[^\"]*\"|--[^\r\n]*")
_DOUBTFUL = re.compile(r"[\\$]|/\*|\*/|\0")
_ENDING = "; \t\r\n"
_ONE = "a query on Redshift is one SELECT or WITH statement that reads"


def single_query(sql: str) -> str:
    """Return a text that holds one query and nothing else, without a final semicolon.

    A semicolon may stand in a literal, a quoted name or a comment to the end of its line, if
    nothing in the text makes it doubtful where that ends. Raises WarehouseError for other texts.
    """
    text = sql.strip().rstrip(_ENDING)
    if not text:
        raise WarehouseError("the query is empty")
    outside_literals = _OPAQUE.sub(" ", text).rstrip(_ENDING)
    if ";" in text and (_DOUBTFUL.search(text) or ";" in outside_literals):
        raise WarehouseError(
            f"{_ONE}: one semicolon may end it, and others may stand in literals only if the text "
            "holds no backslash, $ or /* (CHR(59) is a semicolon, too)"
        )
    _refuse_writing(text)
    return text


def _refuse_writing(text: str) -> None:
    import sqlglot
    from sqlglot import exp

    try:
        trees = sqlglot.parse(text, dialect="redshift")
    except sqlglot.errors.SqlglotError as error:
        raise WarehouseError(f"{_ONE}, and this cannot be read as one: {error}") from error
    trees = [tree for tree in trees if not isinstance(tree, exp.Semicolon)]  # a comment after it
    writing = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Into, exp.Command)
    if len(trees) != 1 or not isinstance(trees[0], exp.Query) or trees[0].find(*writing):
        raise WarehouseError(_ONE)


def read_rows(connection: "Connection", query: str) -> Answer:
    """Run a `single_query` in a transaction that may change nothing; the caller rolls back."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN READ ONLY")
        cursor.execute(query)
        return Answer(tuple(c.name for c in cursor.description or ()), cursor.fetchall())


def reader_login(settings: Settings, aws: Aws) -> ConnectionCredentials | None:
    """Return a login as SPARKIFY_READER; None if it is not set. Raises ClusterError.

    Raises SettingsError if the credentials hold for their own user only: a password, a secret, or
    the IAM identity of a workgroup. The user must exist.
    """
    redshift, user = settings.redshift, settings.reader
    if not user:
        return None
    if redshift.auth != "iam" or redshift.serverless:
        raise SettingsError(
            "SPARKIFY_READER needs SPARKIFY_REDSHIFT_AUTH=iam and a provisioned cluster: a "
            "password, a secret and a workgroup's login hold for their own user only. Leave it "
            "out, and run `sparkify query` with the settings of a user who may only read"
        )
    with explained("redshift", f"get a login to the cluster {redshift.cluster} as {user}"):
        got = aws.redshift.get_cluster_credentials(
            ClusterIdentifier=redshift.cluster, DbName=redshift.database, DbUser=user
        )
    return ConnectionCredentials(got["DbUser"], got["DbPassword"], got["Expiration"])
