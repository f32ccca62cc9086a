"""The fleet page: what a box tells, what is amiss, and what a person asks of it."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import Page, expect

from api import wiring
from edge.errors import StreamFault
from pipeline.wire import (
    CameraState,
    ConfigRejection,
    DesiredConfig,
    Evidence,
    Health,
    Reply,
    ReportedConfig,
    Status,
)
from pipeline.wire.command import TestStep
from pipeline.wire.messages import CameraHealth
from tests.console.city import BOX, PASSWORD, City, a_picture, sha256
from tests.console.visits import Desk, Phone, looks_well

pytestmark = pytest.mark.slow
LANGUAGES = ["zh-CN", "en"]
CONFIG = f"/v1/nodes/{BOX.client_id}/config"


@pytest.fixture(scope="module", autouse=True)
def fleet(city: City) -> None:
    """A box that is well, but for a camera, its clock, and a configuration that it refuses."""
    at = wiring.now()
    city.tell("status", says=Status(state="online", boot_id="boot-1", software="gridwatch 0.1.0"))
    for name, state, reason in (
        ("north-gate", "online", ""),
        ("yard", "offline", StreamFault.STALLED.message),
    ):
        says = CameraState(state=state, since=at, reason=reason)  # type: ignore[arg-type]
        city.tell("camera", name, says=says)
    city.tell("health", says=a_health())
    want(city)
    refused = (ConfigRejection(key="camera[yard].spead", reason="unknown key: did you mean pace?"),)
    reported = ReportedConfig(
        rev=0,
        sha256=None,
        seen_rev=1,
        outcome="failure",
        refused=refused,
        config=DesiredConfig.of(1, {}).config,
    )
    city.tell("config", says=reported)
    city.box.publish_raw(f"gw/v1/{BOX}/up/alert/crowd_gathering/square", b"no alert")


def a_health() -> Health:
    gate = CameraHealth(fps_in=4.98, fps_inferred=1.2, gate_ratio=0.76, lag_s=0.08, reconnects=1)
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


def want(city: City) -> None:
    with httpx.Client(base_url=city.url) as client:
        client.post("/v1/login", json={"name": "AD-01", "password": PASSWORD}).raise_for_status()
        wish = {"rev": 0, "config": {"camera": [{"name": "yard", "spead": 2}]}}
        client.put(CONFIG, json=wish).raise_for_status()


def open_fleet(visit: Desk | Phone, language: str, name: str = "AD-01") -> None:
    visit.page.goto(visit.city.url)
    visit.page.locator(".login-card").wait_for()
    if visit.page.evaluate("document.documentElement.lang") != language:
        visit.page.locator(".language").first.click()
    visit.log_in("/fleet", name)
    visit.page.locator(".node-card").first.wait_for()


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_is_known_of_a_box_is_shown(a_desk: Callable[..., Desk], language: str) -> None:
    why = {"en": "sends no new pictures", "zh-CN": "没有新画面"}[language]
    desk = a_desk(language)
    open_fleet(desk, language)
    card = desk.page.get_by_role("article", name=str(BOX))

    expect(card).to_contain_text("unknown key: did you mean pace?")
    expect(card).to_contain_text("18.0 GB")
    expect(card.get_by_role("row", name="yard")).to_contain_text(why)
    expect(card.get_by_role("row", name="north-gate")).to_contain_text("5.0")
    expect(desk.page.locator(".alarm-panel li")).to_have_count(2, timeout=20_000)
    expect(desk.page.locator(".app-nav-count")).to_have_text("2")
    expect(desk.page.locator(".quarantine")).to_contain_text(f"gw/v1/{BOX}/up/alert")
    looks_well(desk.page, f"desk-fleet-{language}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_fits_a_small_page(a_phone: Callable[..., Phone], language: str) -> None:
    small = a_phone(language)
    open_fleet(small, language)

    expect(small.page.get_by_role("article", name=str(BOX))).to_be_visible()
    looks_well(small.page, f"small-fleet-{language}")


def test_a_self_test_is_asked_by_keys_and_answered_live(city: City, desk: Desk) -> None:
    open_fleet(desk, "zh-CN", "OP-01")
    press(desk.page, "自检")
    asked = city.box.asked()
    newest = desk.page.locator(".command-list li").first
    expect(newest).to_contain_text("等待应答")

    steps = (
        TestStep(name="capture", passed=True, took_ms=38.0),
        TestStep(name="model", passed=True, took_ms=21.5),
        TestStep(name="outbox", passed=True, took_ms=4.2),
        TestStep(name="centre", passed=False, took_ms=None, reason="no receipt within 20 s"),
    )
    answer(city, asked.id, asked.kind, state="failed", steps=steps)

    expect(newest).to_contain_text("失败")
    expect(newest.locator(".command-steps .tag")).to_have_count(4)
    looks_well(desk.page, "desk-fleet-self-test")


def test_a_snapshot_is_asked_for_and_seen(city: City, desk: Desk) -> None:
    open_fleet(desk, "zh-CN", "OP-01")
    press(desk.page, "抓拍")
    asked, picture = city.box.asked(), a_picture(77)
    evidence = Evidence(
        sha256=sha256(picture),
        kind="snapshot",
        media_type="image/jpeg",
        bytes=len(picture),
        redacted=True,
        status="pending",
    )
    answer(city, asked.id, asked.kind, evidence=(evidence,))
    shown = desk.page.locator(".command-list li").first
    expect(shown).to_contain_text("抓拍图片上传中")
    city.upload(picture, "image/jpeg")

    expect(shown.locator("img")).to_be_visible()
    assert shown.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)")
    looks_well(desk.page, "desk-fleet-snapshot")


def test_only_what_the_role_may_do_is_offered(a_desk: Callable[..., Desk]) -> None:
    operator, admin = a_desk(), a_desk()
    open_fleet(operator, "zh-CN", "OP-01")
    open_fleet(admin, "zh-CN", "AD-01")

    restart = {"name": "重启摄像机"}
    expect(operator.page.get_by_role("button", **restart)).to_have_count(0)  # type: ignore[arg-type]
    expect(admin.page.get_by_role("button", **restart).first).to_be_visible()  # type: ignore[arg-type]


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).first.focus()
    page.keyboard.press("Enter")


def answer(city: City, id_: str, kind: str, *, state: str = "done", **said: object) -> None:
    reply = Reply(id=id_, kind=kind, state=state, at=wiring.now(), **said)  # type: ignore[arg-type]
    city.tell("reply", id_, says=reply)
