"""Snapshots and clips: storage, permissions and HTTP."""
