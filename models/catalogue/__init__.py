"""The model catalogue: sources, fetching, checksums and storage."""
