"""Snapshots and clips: selection, redaction, storage and upload."""
