"""Ways to get a file, one module each; all raise ``SourceError`` with a one-line reason."""
