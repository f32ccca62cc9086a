"""What a push service and the phone's system do: deliver messages, and show notifications."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Worker

from tests.console.push_service import PushService

MAX_DELIVERIES = 6
REDELIVERED_AFTER_S = 10.0


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

    def show(self, message: Mapping[str, object], title: str) -> dict[str, Any]:
        """Deliver a decrypted message until its notification is shown, and return that.

        A push service delivers again until the browser has confirmed; Chromium drops a message
        now and then when a test delivers it on a busy machine.
        """
        params = {
            "origin": self.origin,
            "registrationId": self.registration,
            "data": json.dumps(message),
        }
        for _ in range(MAX_DELIVERIES):
            self.cdp.send("ServiceWorker.deliverPushMessage", params)
            shown = self._find(message.get("order"), title)
            if shown is not None:
                return shown
        raise AssertionError(f"{title} is not among {self.list_shown()}")

    def list_shown(self) -> list[dict[str, Any]]:
        """List the notifications that are shown."""
        shown: list[dict[str, Any]] = self.worker.evaluate(
            """async () => {
                const shown = await self.registration.getNotifications();
                return shown.map(({ title, body, tag }) => ({ title, body, tag }));
            }"""
        )
        return shown

    def _find(self, order: object, title: str) -> dict[str, Any] | None:
        """Wait a few seconds for a notification about an order."""
        deadline = monotonic() + REDELIVERED_AFTER_S
        while monotonic() < deadline:
            for shown in self.list_shown():
                if shown["title"] == title and order in {None, shown["tag"]}:
                    return shown
        return None

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
