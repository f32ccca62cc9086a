"""Shapes, boxes and homographies in frame coordinates."""
