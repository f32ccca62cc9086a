import asyncio

from hypothesis import given
from hypothesis import strategies as st

from api.ingest.batch_queue import BatchQueue

ITEMS = st.lists(st.tuples(st.sampled_from("abc"), st.integers()), min_size=1, max_size=60)


async def take_all(queue: BatchQueue[tuple[str, int]], n: int, limit: int) -> list[tuple[str, int]]:
    taken: list[tuple[str, int]] = []
    while len(taken) < n:
        taken += await queue.take_batch(limit)
    return taken


@given(ITEMS, st.integers(1, 10))
def test_every_item_is_taken_once_and_those_of_a_sender_in_order(
    items: list[tuple[str, int]], limit: int
) -> None:
    queue: BatchQueue[tuple[str, int]] = BatchQueue()
    for item in items:
        queue.put(item, sender=item[0])

    taken = asyncio.run(take_all(queue, len(items), limit))

    for sender in "abc":
        assert [i for i in taken if i[0] == sender] == [i for i in items if i[0] == sender]


async def test_a_sender_that_sends_little_is_in_the_next_batch() -> None:
    queue: BatchQueue[str] = BatchQueue()
    for _ in range(1000):
        queue.put("loud", sender="loud")
    queue.put("quiet", sender="quiet")

    assert (await queue.take_batch(10))[:2] == ["loud", "quiet"]


async def test_the_items_of_one_sender_can_be_discarded() -> None:
    queue: BatchQueue[int] = BatchQueue()
    for n in range(5):
        queue.put(n, sender="loud")
    queue.put(9, sender="quiet")

    assert (queue.discard("loud"), queue.discard("nobody")) == (5, 0)
    assert await queue.take_batch(10) == [9]


async def test_the_oldest_items_of_a_sender_make_room_for_newer_ones() -> None:
    queue: BatchQueue[int] = BatchQueue(max_per_sender=3)

    had_room = [queue.put(n, sender="loud") for n in range(5)]
    queue.put(9, sender="quiet")

    assert had_room == [True, True, True, False, False]
    assert sorted(await queue.take_batch(10)) == [2, 3, 4, 9]
