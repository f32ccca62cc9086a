"""SQL that bounds nodes and cameras to the area of an account.

A camera belongs to the area that it covers, a node to the areas of its cameras. What has no area
belongs to nobody, and is seen by the accounts at the top.
"""

from api.accounts.model import Account

IN_AREA = """((:sees_unplaced AND c.area_code IS NULL)
    OR (c.area_code >= :area AND c.area_code < :area || ':'))"""
"""Condition on camera ``c``, with the parameters of ``area_of``."""

HAS_CAMERA_IN_AREA = """(
    EXISTS (SELECT FROM camera c WHERE c.node = {node} AND
        ((:sees_unplaced AND c.area_code IS NULL)
         OR (c.area_code >= :area AND c.area_code < :area || ':')))
    OR (:sees_unplaced AND NOT EXISTS (SELECT FROM camera c WHERE c.node = {node})))"""
"""Condition that a node has a camera in the area, or at the top that it has none; ``{node}`` stands
for its name."""


def area_of(account: Account | None) -> dict[str, object]:
    """Return the parameters of these conditions; without an account, all areas and none."""
    if account is None:
        return {"area": "", "sees_unplaced": True}
    return {"area": account.area_code, "sees_unplaced": account.sees_unplaced}
