"""Evidence: snapshots, clips and photos, stored by content hash."""
