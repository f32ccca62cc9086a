"""Verdicts on incidents, their sources, and the draw of incidents for audits."""
