"""Tests that need a real AWS account: docs/redshift.md says how to run them."""
