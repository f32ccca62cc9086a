"""Notifications on a phone whose page is closed."""

from collections.abc import Mapping
from time import monotonic

import pytest
from playwright.sync_api import expect

from tests.console.demo_centre import PUSH_SCORE, DemoCentre, MicroGrid
from tests.console.desk import Desk
from tests.console.page_objects import PhonePage, check_layout
from tests.console.push import SystemNotifications, use_push_service

pytestmark = pytest.mark.slow

ORDER = "0190a0a0-0000-7000-8000-00000000000a"


def push_message(**values: object) -> Mapping[str, object]:
    """Return what the centre sends to a phone."""
    return {
        "notification": "0190a0a0-0000-7000-8000-00000000000b",
        "kind": "dispatch",
        "order": ORDER,
        "incident": "0190a0a0-0000-7000-8000-00000000000c",
        "level": "major",
        "title": {"zh": "人群聚集", "en": "Crowd gathering"},
        "because": {"zh": "9 人聚集", "en": "9 people"},
        "area": ["东苑社区", "东苑第1网格", "第1微网格"],
        "called_at": "2026-01-01T08:00:00Z",
        "exercise": False,
        "language": "zh-CN",
        "receipt": "",
        **values,
    }


@pytest.fixture
def system(centre: DemoCentre, phone: PhonePage) -> SystemNotifications:
    """Return the notifications of a phone whose page was opened, and is closed now."""
    phone.context.grant_permissions(["notifications"], origin=centre.url)
    phone.enter(MicroGrid(7).worker)
    phone.page.evaluate("() => navigator.serviceWorker.ready.then(() => undefined)")
    notifications = SystemNotifications.of(phone.context, centre.url)
    phone.page.close()
    return notifications


def test_a_message_is_shown_while_the_page_is_closed(system: SystemNotifications) -> None:
    shown = system.show(push_message(), "新工单：人群聚集")

    assert shown["body"] == "重要 · 东苑第1网格 / 第1微网格\n9 人聚集"


def test_a_message_is_shown_in_the_language_of_the_account(system: SystemNotifications) -> None:
    message = push_message(language="en", exercise=True)
    shown = system.show(message, "[Drill] New work order: Crowd gathering")

    assert shown["body"].endswith("\n9 people")


def test_a_recall_replaces_the_call_of_the_same_order(system: SystemNotifications) -> None:
    system.show(push_message(order="another"), "新工单：人群聚集")
    system.show(push_message(), "新工单：人群聚集")
    system.show(push_message(kind="recall"), "无需前往：人群聚集")

    assert {shown["tag"] for shown in system.list_shown()} == {"another", ORDER}


def test_a_message_that_cannot_be_read_is_shown_all_the_same(system: SystemNotifications) -> None:
    system.show({}, "gridwatch")


def wait_for_receipt(worker: Desk, account: str, notification: object, receipt: str) -> None:
    """Wait until the centre has a receipt of a push message."""
    deadline = monotonic() + 60
    while monotonic() < deadline:
        log = worker.client.get(f"/v1/accounts/{account}/notifications").json()["items"]
        if any(item["id"] == notification and item[receipt] for item in log):
            return
    raise AssertionError(f"no {receipt} of {notification}")


def test_a_work_order_rings_a_phone_whose_page_is_closed(
    centre: DemoCentre, phone: PhonePage
) -> None:
    grid = MicroGrid(6)
    service = centre.push_service
    phone.context.grant_permissions(["notifications"], origin=centre.url)
    use_push_service(phone.context, service)
    phone.enter(grid.worker)
    system = SystemNotifications.of(phone.context, centre.url)
    with Desk.log_in(centre, grid.worker) as worker:
        phone.tap("开启锁屏通知")
        expect(phone.page.locator(".push-hint")).to_have_count(0)
        test_message = service.next()
        system.show(test_message, "通知测试：gridwatch")
        wait_for_receipt(worker, grid.worker, test_message["notification"], "delivered_at")
        [channel] = worker.client.get("/v1/me/channels").json()["channels"]
        assert channel["kind"] == "push"
        assert channel["tested_at"] is not None
        phone.page.close()

        centre.alert(grid, score=PUSH_SCORE)
        message = service.next()
        assert service.fake.mistakes == []

        system.show(message, "新工单：人群聚集")
        wait_for_receipt(worker, grid.worker, message["notification"], "delivered_at")
        system.tap("新工单：人群聚集")
        wait_for_receipt(worker, grid.worker, message["notification"], "read_at")
        assert system.worker.evaluate("() => self.opened") == f"/phone#order/{message['order']}"


def test_a_phone_that_has_not_enabled_notifications_offers_them(phone: PhonePage) -> None:
    phone.enter(MicroGrid(7).worker)

    expect(phone.page.locator(".push-hint")).to_contain_text("锁屏")
    check_layout(phone.page, "phone-push-hint")
