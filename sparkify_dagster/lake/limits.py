"""What reading a source may cost at most, whatever the source holds.

Memory stays below DuckDB's memory_limit plus 1 GB, and the temporary folder of a load below
TEMPORARY_BYTES. An input that does not fit is read in smaller pieces; it fails its own load only
if it is an archive that expands beyond measure.
"""

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30

BLOCK = MIB  # read at once
SMALL_FILE = 64 * KIB  # up to here, files are gathered into bundles
SMALL_TEXT = MIB  # as long as the plain text of a small file may be to be gathered
BULK_LINE = 16 * KIB  # the bulk parser holds thousands of lines at once: none may be longer

BATCH_FILES = 4_000
BATCH_BYTES = 128 * MIB  # of files as listed: the more at once, the fewer row groups are half full
BATCH_TEXT = 512 * MIB  # of plain text in the temporary folder, per batch
PIECE_BYTES = 128 * MIB  # of the plain text of one file
# Two batches, one read while the other is parsed; two pieces of one file and their bundled form.
TEMPORARY_BYTES = 2 * BATCH_TEXT + 4 * PIECE_BYTES

INSPECTED_FILES = 10_000  # looked at for more broken files once one was found

# Logs compress ten to thirty times, and gzip at most a thousand times.
LARGEST_EXPANSION = 100
FREE_EXPANSION = GIB  # plain text up to here is taken however well it was compressed
