"""The schema, step by step: one SQL file and its runner each."""
