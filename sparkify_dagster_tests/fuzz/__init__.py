"""Fuzzed sources: generated trees of files, read as a load does, compared with a plain reader."""
