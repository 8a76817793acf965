"""Errors as the client is to see them, with Redshift's SQLSTATE and wording."""

from dataclasses import dataclass


@dataclass(eq=False)
class RedshiftError(Exception):
    """An ErrorResponse: a statement fails and, with it, the transaction it is in."""

    sqlstate: str
    message: str
    detail: str = ""
    severity: str = "ERROR"

    def __str__(self) -> str:
        return f"{self.sqlstate}: {self.message}"


def syntax_error(message: str) -> RedshiftError:
    """Make the error for SQL that Redshift's grammar does not have."""
    return RedshiftError("42601", message)


def not_supported(message: str) -> RedshiftError:
    """Make the error for SQL that Redshift understands and refuses."""
    return RedshiftError("0A000", message)


def not_imitated(construct: str) -> RedshiftError:
    """Make the error for SQL that Redshift takes and the stand-in does not."""
    return RedshiftError("0A000", f"the stand-in does not imitate {construct}")


def internal_error(
    message: str, *, code: int = 8001, context: str = "", query: int = 0
) -> RedshiftError:
    """Make an error as the compute nodes report it: XX000, and a framed block as the detail."""
    rule = "-" * 47
    detail = (
        f"\n  {rule}\n  error:  {message}\n  code:      {code}\n  context:   {context}\n"
        f"  query:     {query}\n  location:  stand_in.py:1\n  process:   padbmaster [pid=1]\n"
        f"  {rule}\n"
    )
    return RedshiftError("XX000", message, detail)


def serializable_violation() -> RedshiftError:
    """Make error 1023: the message is the number alone, the words are in the detail."""
    return RedshiftError(
        "XX000",
        "1023",
        "Serializable isolation violation on table - 100167, transactions forming the cycle are: "
        "5705, 5754 (pid:16606)",
    )


def concurrent_conflict() -> RedshiftError:
    """Make the error of snapshot isolation where two transactions change the same rows."""
    return RedshiftError(
        "XX000", "could not complete because of conflict with concurrent transaction"
    )


def starting_up() -> RedshiftError:
    """Make the error that a cluster answers a login with while it resumes."""
    return RedshiftError("57P03", "the database system is starting up", severity="FATAL")
