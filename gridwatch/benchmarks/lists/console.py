"""Measure the queue in Chromium: from the key J to the next incident on the screen."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from playwright.sync_api import Page, sync_playwright

from gridwatch.benchmarks.lists.bench import run_centre
from gridwatch.benchmarks.lists.requests import CITY_DESK
from gridwatch.demo.town import PASSWORD
from gridwatch.errors import BenchError

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NOT_IN_QUEUE = {"stored", "closed", "archived", "evaluated", "rejected", "merged", "cancelled"}
WARM_UP_KEYS = 10
READING_TIME_MS = 300
"""From one incident to the next key."""
TIMEOUT_MS = 60_000
# A key has the time of its event; an incident is shown once the frame that holds it is drawn.
_WATCH_KEYS = """() => {
    addEventListener("keydown", (key) => {
        const shown = () => document.querySelector("article.incident")?.dataset.id;
        const before = shown();
        window.nextShown = new Promise((resolve) => {
            const look = () => shown() === before ? requestAnimationFrame(look)
                : requestAnimationFrame(() => setTimeout(() =>
                    resolve(performance.now() - key.timeStamp)));
            requestAnimationFrame(look);
        });
    }, true);
}"""


class ConsoleFigures(msgspec.Struct, frozen=True):
    """The output of ``gridwatch bench console``.

    Args:
        open: Incidents in the queue.
        first_ms: From opening the page to the first incident.
        p50_ms: From the key to the next incident on the screen.
        dom_nodes: Elements of the page at the end.
        heap_mbytes: JavaScript heap at the end, after a garbage collection.
    """

    incidents: int
    open: int
    keys: int
    first_ms: float
    p50_ms: float
    p95_ms: float
    max_ms: float
    dom_nodes: int
    heap_mbytes: float


def measure_console(data: Path, *, keys: int, report: Callable[[str], None]) -> ConsoleFigures:
    """Start a centre on a filled data folder and move through its queue.

    Raises:
        BenchError: Chromium is not installed.
        DemoError: The centre does not start, or ends.
    """
    with run_centre(data) as url, _open_page() as page:
        page.context.request.post(f"{url}/v1/login", data={"name": CITY_DESK, "password": PASSWORD})
        totals = page.context.request.get(f"{url}/v1/stats").json()["states"]
        page.goto(url)
        page.locator("article.incident").wait_for()
        first_ms = page.evaluate("performance.now()")
        page.evaluate(_WATCH_KEYS)
        taken = [_press(page) for _ in range(WARM_UP_KEYS + keys)][WARM_UP_KEYS:]
        session = page.context.new_cdp_session(page)
        session.send("HeapProfiler.collectGarbage")
        session.send("Performance.enable")
        metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
        report(f"longest: {sorted(round(each) for each in taken)[-5:]} ms")
        return ConsoleFigures(
            incidents=sum(totals.values()),
            open=_open_incidents(totals),
            keys=keys,
            first_ms=round(first_ms),
            p50_ms=round(float(np.percentile(taken, 50)), 1),
            p95_ms=round(float(np.percentile(taken, 95)), 1),
            max_ms=round(max(taken), 1),
            dom_nodes=page.evaluate("document.querySelectorAll('*').length"),
            heap_mbytes=round(metrics["JSHeapUsedSize"] / 1e6, 1),
        )


def _press(page: Page) -> float:
    """Press J; return the milliseconds until the next incident is on the screen."""
    page.keyboard.press("j")
    taken: float = page.evaluate("window.nextShown")
    page.wait_for_timeout(READING_TIME_MS)
    return taken


def _open_incidents(totals: dict[str, Any]) -> int:
    return sum(count for state, count in totals.items() if state not in NOT_IN_QUEUE)


@contextmanager
def _open_page() -> Iterator[Page]:
    chromium = shutil.which("chromium")
    if chromium is None:
        raise BenchError("Chromium is not installed: install the package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(TIMEOUT_MS)
        yield page
        browser.close()
