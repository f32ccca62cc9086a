"""Sources of files, one module each; all raise ``SourceError`` with a one-line reason."""
