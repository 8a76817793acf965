"""The source files: list, read, validate, reject; in a folder and in S3 alike."""
