"""What a push service and the phone's system do: deliver messages, and show notifications."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Worker

from tests.console.push_service import PushService


@dataclass(slots=True)
class SystemNotifications:
    """The notifications of a phone whose page may be closed.

    Args:
        cdp: A session of another page of the same browser, which outlives the worker's page.
        registration: Of the service worker of the worker's page.
    """

    context: BrowserContext
    cdp: CDPSession
    origin: str
    registration: str

    @classmethod
    def of(cls, context: BrowserContext, origin: str) -> "SystemNotifications":
        """Find the service worker that the worker's page has registered."""
        page = context.new_page()
        cdp = context.new_cdp_session(page)
        found: list[str] = []

        def remember(event: Mapping[str, Any]) -> None:
            found.extend(registration["registrationId"] for registration in event["registrations"])

        cdp.on("ServiceWorker.workerRegistrationUpdated", remember)
        cdp.send("ServiceWorker.enable")
        while not found:
            page.evaluate("() => new Promise(requestAnimationFrame)")
        return cls(context, cdp, origin, found[-1])

    @property
    def worker(self) -> Worker:
        """The service worker."""
        return self.context.service_workers[-1]

    def deliver(self, message: Mapping[str, object]) -> None:
        """Deliver a decrypted message to the service worker, as the browser does."""
        params = {
            "origin": self.origin,
            "registrationId": self.registration,
            "data": json.dumps(message),
        }
        self.cdp.send("ServiceWorker.deliverPushMessage", params)

    def tap(self, title: str) -> None:
        """Tap a notification; no page is opened, since Chromium demands a real tap for that."""
        self.worker.evaluate(
            """async (title) => {
                const shown = await self.registration.getNotifications();
                const notification = shown.find((candidate) => candidate.title === title);
                self.clients.openWindow = async (url) => void (self.opened = url);
                self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
            }""",
            title,
        )

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        """Wait until so many notifications are shown, and return them."""
        return self._wait_until("(shown) => shown.length === value", count)

    def wait_for_title(self, title: str) -> list[dict[str, Any]]:
        """Wait until a notification with this title is shown, and return all."""
        return self._wait_until("(shown) => shown.some(({ title }) => title === value)", title)

    def _wait_until(self, condition: str, value: object) -> list[dict[str, Any]]:
        shown: list[dict[str, Any]] = self.worker.evaluate(
            f"""async (value) => {{
                const isReached = {condition};
                for (let attempt = 0; ; attempt++) {{
                    const shown = await self.registration.getNotifications();
                    const copies = shown.map(({{ title, body, tag }}) => ({{ title, body, tag }}));
                    if (isReached(copies)) return copies;
                    if (attempt === 600) throw new Error("shown: " + JSON.stringify(copies));
                    await new Promise((resolve) => setTimeout(resolve, 50));
                }}
            }}""",
            value,
        )
        return shown


SUBSCRIBE = """
    PushManager.prototype.getSubscription = async () => globalThis.subscription ?? null;
    PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
        const subscription = await globalThis.subscribeAtPushService(applicationServerKey);
        globalThis.subscription = { toJSON: () => subscription, unsubscribe: async () => true };
        return globalThis.subscription;
    };
"""


def use_push_service(context: BrowserContext, service: PushService) -> None:
    """Let the browser subscribe at the fake: Chromium subscribes at Google's service alone."""

    def subscribe(public_key: str) -> dict[str, Any]:
        return service.subscribe(public_key)

    context.expose_function("subscribeAtPushService", subscribe)
    context.add_init_script(SUBSCRIBE)
