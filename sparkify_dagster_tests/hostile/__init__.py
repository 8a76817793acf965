"""Lists of what an untrusted person may send, and tests that none of it does harm."""
