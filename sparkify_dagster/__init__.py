"""Sparkify's warehouse: event logs and song metadata to a checked star schema."""
