"""The catalogue of models and footage: cards, sources, checksums, search paths and cache."""
