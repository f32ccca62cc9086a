"""The schema: one SQL file per version, and the Python file that runs it."""
