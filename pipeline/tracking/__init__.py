"""Detections to tracks: association, Kalman filter and re-linking."""
