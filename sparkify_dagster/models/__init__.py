"""The tables of the warehouse, read once from `sql/`.

files      finds and reads the files
dialects   puts Redshift's SQL into an engine's dialect
contract   a table's columns, keys, references and comments (`table.sql`)
model      how a table is built (`model.sql`) and its rules (`checks/`)
catalogue  all tables, what each reads, and the order in which they are built
lineage    the columns that each column is computed from
windows    restricts a SELECT over whole tables to days or months

Depends on nothing but `sql/`. Nothing is read at import.
"""
