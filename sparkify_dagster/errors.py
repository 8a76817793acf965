"""The errors that a user is meant to read."""


class SparkifyError(Exception):
    """Says what was wrong, where, and what to do; shown without a traceback."""


class SettingsError(SparkifyError):
    """A setting is missing or cannot mean anything."""


class SourceError(SparkifyError):
    """The source cannot be listed or read, or is not the one that was loaded."""


class WarehouseError(SparkifyError):
    """The warehouse cannot be reached, is busy, or refuses a statement."""


class LoadError(SparkifyError):
    """A load was refused or failed; what was in the warehouse is untouched."""
