"""Pixels in, detections out: networks, never tables. Start reading at ``detector.py``."""
