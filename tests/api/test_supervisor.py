import asyncio
from contextlib import suppress

from prometheus_client import REGISTRY

from api.supervisor import RESTART_AFTER_S, Supervisor


class Restarts:
    """Waits for nothing, and remembers how long it should have waited."""

    def __init__(self, *, stop_after: int) -> None:
        self.delays_s: list[float] = []
        self.done = asyncio.Event()
        self._stop_after = stop_after

    async def sleep(self, delay_s: float) -> None:
        self.delays_s.append(delay_s)
        await asyncio.sleep(0)
        if len(self.delays_s) >= self._stop_after:
            self.done.set()
            await asyncio.Event().wait()


async def fail() -> None:
    raise RuntimeError("a bug")


async def end() -> None:
    return


async def test_a_part_that_fails_is_restarted_with_growing_pauses() -> None:
    restarts = Restarts(stop_after=8)
    supervisor = Supervisor(sleep=restarts.sleep)

    task = asyncio.create_task(supervisor.keep_running("failing", fail))
    await restarts.done.wait()

    assert restarts.delays_s == [*RESTART_AFTER_S, 30.0, 30.0]
    assert supervisor.failing == {"failing"}
    labels = {"part": "failing"}
    assert REGISTRY.get_sample_value("gridwatch_part_restarts_total", labels) == 8
    assert REGISTRY.get_sample_value("gridwatch_part_up", labels) == 0
    task.cancel()


async def test_a_part_that_fails_does_not_end_the_others() -> None:
    restarts, ran = Restarts(stop_after=2), asyncio.Event()
    supervisor = Supervisor(sleep=restarts.sleep)

    async def work() -> None:
        await restarts.done.wait()
        ran.set()
        await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(supervisor.keep_running(name, run))
            for name, run in (("failing", fail), ("ending", end), ("working", work))
        ]
        await ran.wait()
        assert supervisor.failing >= {"failing"}
        assert "working" not in supervisor.failing
        for task in tasks:
            task.cancel()


async def test_cancelling_ends_a_part_for_good() -> None:
    supervisor = Supervisor()
    task = asyncio.create_task(supervisor.keep_running("waiting", asyncio.Event().wait))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

    assert task.cancelled()
    assert supervisor.failing == set()
