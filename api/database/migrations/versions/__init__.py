"""The versions of the schema. A released version is never changed."""
