"""Tests that need a real AWS account: docs/redshift.md tells how to run them."""
