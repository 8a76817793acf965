"""How fast and how large a load is, beside a plain script that builds the same tables."""
