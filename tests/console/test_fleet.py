"""The fleet page: node reports, alarms and commands."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import Page, expect

from api import wiring
from edge.errors import StreamFault
from edge.worker import OVERLOADED
from pipeline.wire import (
    CameraNames,
    CameraState,
    ConfigRejection,
    DesiredConfig,
    Evidence,
    Health,
    NodeNames,
    Reply,
    ReportedConfig,
    Status,
)
from pipeline.wire.command import TestStep
from pipeline.wire.failure_reason import ReasonCode
from pipeline.wire.node_messages import CameraHealth
from tests.console.demo_centre import NODE_NAME, PASSWORD, DemoCentre, draw_picture, sha256
from tests.console.page_objects import ConsolePage, PhonePage, check_layout

pytestmark = pytest.mark.slow
LANGUAGES = ["zh-CN", "en"]
TITLE = "集市机房"
CONFIG = f"/v1/nodes/{NODE_NAME.client_id}/config"


@pytest.fixture(scope="module", autouse=True)
def report_node(centre: DemoCentre) -> None:
    """Report a node whose camera, clock and configuration have a problem."""
    at = wiring.now()
    centre.report(
        "status", message=Status(state="online", boot_id="boot-1", software="gridwatch 0.1.0")
    )
    for name, state, reason in (
        ("north-gate", "online", ""),
        ("yard", "offline", StreamFault.STALLED.message),
        ("square", "degraded", OVERLOADED),
    ):
        message = CameraState(state=state, since=at, reason=reason)  # type: ignore[arg-type]
        centre.report("camera", name, message=message)
    centre.report("health", message=make_health())
    set_desired_config(centre)
    refused = (ConfigRejection(key="camera[yard].spead", reason="unknown key: did you mean pace?"),)
    reported = ReportedConfig(
        rev=0,
        sha256=None,
        seen_rev=1,
        outcome="failure",
        refused=refused,
        config=DesiredConfig.of(1, {}).config,
        names=NodeNames(
            title=TITLE, address="集市街 1 号", cameras={"square": CameraNames(title="广场")}
        ),
    )
    centre.report("config", message=reported)
    centre.node.publish_raw(f"gw/v1/{NODE_NAME}/up/alert/crowd_gathering/square", b"no alert")


def make_health() -> Health:
    gate = CameraHealth(
        fps_in=4.98,
        fps_inferred=1.2,
        gate_ratio=0.76,
        lag_s=0.08,
        reconnects=1,
        moving_objects=40,
        unexplained_share=0.8,
        blind_cause="glare",
        unexplained_by_hour={"07": 0.8, "08": 0.1},
    )
    return Health(
        boot_id="boot-1",
        at=wiring.now() - timedelta(minutes=9),
        outbox_rows=3,
        outbox_oldest_s=4.5,
        upload_files=1,
        disk_free_mb=18000.0,
        temperature_c=51.5,
        counters={},
        cameras={"north-gate": gate, "yard": CameraHealth(reconnects=12)},
    )


def set_desired_config(centre: DemoCentre) -> None:
    with httpx.Client(base_url=centre.url) as client:
        client.post("/v1/login", json={"name": "AD-01", "password": PASSWORD}).raise_for_status()
        desired = {"rev": 0, "config": {"camera": [{"name": "yard", "spead": 2}]}}
        client.put(CONFIG, json=desired).raise_for_status()


def open_fleet(page_object: ConsolePage | PhonePage, language: str, name: str = "AD-01") -> None:
    page_object.page.goto(page_object.centre.url)
    page_object.page.locator(".login-card").wait_for()
    if page_object.page.evaluate("document.documentElement.lang") != language:
        page_object.page.locator(".language").first.click()
    page_object.log_in("/fleet", name)
    page_object.page.locator(".node-card").first.wait_for()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reports_of_a_node_are_shown(
    open_console: Callable[..., ConsolePage], language: str
) -> None:
    reason = {"en": "no new frames", "zh-CN": "没有新画面"}[language]
    console = open_console(language)
    open_fleet(console, language)
    card = console.page.get_by_role("article", name=TITLE)

    expect(card).to_contain_text("unknown key: did you mean pace?")
    expect(card).to_contain_text("18.0 GB")
    expect(card.get_by_role("row", name="yard")).to_contain_text(reason)
    expect(card.get_by_role("row", name="north-gate")).to_contain_text("5.0")
    expect(console.page.locator(".alarm-panel li")).to_have_count(3, timeout=20_000)
    expect(console.page.locator(".app-nav-count")).to_have_text("3")
    expect(console.page.locator(".quarantine")).to_contain_text(f"gw/v1/{NODE_NAME}/up/alert")
    check_layout(console.page, f"console-fleet-{language}")


def test_a_node_is_as_bad_as_its_worst_part_and_each_has_a_remedy(console: ConsolePage) -> None:
    open_fleet(console, "zh-CN")
    card = console.page.get_by_role("article", name=TITLE)
    problems = card.locator(".problem-list")

    expect(card.locator("header")).to_contain_text("故障")
    expect(card.locator("header")).to_contain_text(str(NODE_NAME))
    expect(problems).to_contain_text("yard · 视频信号中断：已连接，但没有新画面")
    expect(problems).to_contain_text("广场 · 节点处理过慢，部分画面未分析")
    expect(problems).to_contain_text("不是摄像机故障")
    slow = card.get_by_role("row", name="广场")
    expect(slow).to_contain_text("处理过慢")
    expect(slow).not_to_contain_text("画面损坏")


def test_what_cannot_be_read_is_said_and_nothing_else_is_claimed(console: ConsolePage) -> None:
    open_fleet(console, "en")
    for path in ("**/v1/nodes?*", "**/v1/alarms"):
        console.page.route(path, lambda route: route.fulfill(status=500, body="{}"))
    console.page.reload()

    expect(console.page.locator(".query-notice").first).to_contain_text(
        "request failed", timeout=20_000
    )
    expect(console.page.locator(".alarm-none, .node-card")).to_have_count(0)


def test_what_can_no_longer_be_refreshed_says_of_when_it_is(console: ConsolePage) -> None:
    open_fleet(console, "en")
    console.page.route("**/v1/nodes?*", lambda route: route.fulfill(status=500, body="{}"))

    notice = console.page.locator(".query-notice")
    expect(notice.first).to_contain_text("What follows is of", timeout=40_000)
    expect(console.page.locator(".node-card")).to_have_count(1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_fits_a_phone(open_phone: Callable[..., PhonePage], language: str) -> None:
    phone = open_phone(language)
    open_fleet(phone, language)

    expect(phone.page.get_by_role("article", name=TITLE)).to_be_visible()
    check_layout(phone.page, f"phone-fleet-{language}")


def test_a_self_test_is_requested_by_keyboard_and_its_reply_appears(
    centre: DemoCentre, console: ConsolePage
) -> None:
    open_fleet(console, "zh-CN", "OP-01")
    press(console.page, "自检")
    command = centre.node.next_command()
    newest = console.page.locator(".command-list li").first
    expect(newest).to_contain_text("等待应答")

    steps = (
        TestStep(name="capture", passed=True, took_ms=38.0),
        TestStep(name="model", passed=True, took_ms=21.5),
        TestStep(name="outbox", passed=True, took_ms=4.2),
        TestStep(
            name="centre",
            passed=False,
            took_ms=None,
            reason="no receipt within 20 s",
            reason_code=ReasonCode.NO_RECEIPT,
            reason_params={"seconds": "20"},
        ),
    )
    reply(centre, command.id, command.kind, state="failed", steps=steps)

    expect(newest).to_contain_text("失败")
    expect(newest.locator(".command-steps .tag")).to_have_count(4)
    expect(newest.locator(".command-steps")).to_contain_text("20 秒内未收到中心回执")
    check_layout(console.page, "console-fleet-self-test")


def test_a_requested_snapshot_is_shown(centre: DemoCentre, console: ConsolePage) -> None:
    open_fleet(console, "zh-CN", "OP-01")
    press(console.page, "抓拍")
    command, picture = centre.node.next_command(), draw_picture(77)
    evidence = Evidence(
        sha256=sha256(picture),
        kind="snapshot",
        media_type="image/jpeg",
        bytes=len(picture),
        redacted=True,
        status="pending",
    )
    reply(centre, command.id, command.kind, evidence=(evidence,))
    newest = console.page.locator(".command-list li").first
    expect(newest).to_contain_text("抓拍图上传中")
    centre.upload(picture, "image/jpeg")

    expect(newest.locator("img")).to_be_visible()
    assert newest.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)")
    check_layout(console.page, "console-fleet-snapshot")


def test_only_the_actions_of_the_role_are_offered(open_console: Callable[..., ConsolePage]) -> None:
    operator, admin = open_console(), open_console()
    open_fleet(operator, "zh-CN", "OP-01")
    open_fleet(admin, "zh-CN", "AD-01")

    restart = {"name": "重启摄像机"}
    expect(operator.page.get_by_role("button", **restart)).to_have_count(0)  # type: ignore[arg-type]
    expect(admin.page.get_by_role("button", **restart).first).to_be_visible()  # type: ignore[arg-type]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.focus()
    page.keyboard.press("Enter")


def reply(
    centre: DemoCentre, id_: str, kind: str, *, state: str = "done", **fields: object
) -> None:
    message = Reply(id=id_, kind=kind, state=state, at=wiring.now(), **fields)  # type: ignore[arg-type]
    centre.report("reply", id_, message=message)
