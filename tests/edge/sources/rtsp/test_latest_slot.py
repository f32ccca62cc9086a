"""The slot that holds the latest item."""

from edge.sources.rtsp.latest_slot import LatestSlot


def test_the_latest_item_replaces_the_old_one_which_is_returned() -> None:
    slot = LatestSlot[str]()

    assert [slot.put("old"), slot.put("new")] == [None, "old"]
    assert [slot.take(1), slot.take(0.01)] == ["new", None]
