"""Health, statistics and metrics."""

from api.metrics import DELETED_ROWS
from tests.api.town import Centre


async def test_health_needs_no_login(centre: Centre) -> None:
    quiet = (await centre.anonymous_client().get("/v1/health")).json()
    await centre.raise_alert()
    busy = (await centre.anonymous_client().get("/v1/health")).json()

    assert (quiet["status"], quiet["ingest_last_at"]) == ("ok", None)
    assert busy["ingest_last_at"] == "2026-11-23T12:00:00Z"


async def test_stats_count_rows_and_measure_latency(centre: Centre) -> None:
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    centre.clock.advance(seconds=0.25)
    phone = await centre.client_of("east-1")
    [notification] = (await phone.get("/v1/notifications", params={"open": True})).json()["items"]
    await phone.post(f"/v1/notifications/{notification['id']}/delivered")
    stats = (await (await centre.client_of("desk")).get("/v1/stats")).json()

    assert stats["states"] == {"dispatched": 1}
    assert stats["views"] == {"queue": 1, "stored": 0, "all": 1}
    assert stats["latency"]["received_to_pushed"] == {"n": 1, "p50_ms": 250.0, "p99_ms": 250.0}


async def test_metrics_are_available_for_prometheus(centre: Centre) -> None:
    assert "python_info" in (await centre.anonymous_client().get("/metrics")).text


async def test_a_renamed_counter_is_also_exported_under_its_former_name(centre: Centre) -> None:
    DELETED_ROWS.labels(kind="events").inc(3)

    lines = (await centre.anonymous_client().get("/metrics")).text.splitlines()
    values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))

    deleted = values['gridwatch_retention_deleted_rows_total{kind="events"}']
    assert float(deleted) >= 3
    assert values['gridwatch_tidied_rows_total{kind="events"}'] == deleted
    assert values["gridwatch_ingest_faults_total"] == values["gridwatch_ingest_errors_total"]
