"""Write the inspection report: one page that a person who is no engineer can read, in Chinese."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from html import escape

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.model import EVERYTHING
from api.audit.check_store import AuditCheck, get_check
from api.retention import erasure_store, hold_store, inspection_store
from api.retention.erasure_store import ErasureRequest
from api.retention.hold_store import LegalHold
from api.retention.inspection_store import Counts, Deletions, Outage, Views
from api.retention.terms import NAMES, TERMS, Profile, RowKind

_LIMIT = 500
PURPOSES = {
    "handling": "处置事件",
    "verification": "核查结果",
    "audit": "质量抽查",
    "investigation": "案件调查",
    "complaint": "投诉申诉",
    "training": "培训",
    "later_review": "事后查看（未说明用途）",
    "requested": "点播画面或本人上传",
    "": "未登记",
}
_STYLE = """
body{font:15px/1.6 "Noto Sans CJK SC","Microsoft YaHei",sans-serif;max-width:60rem;margin:2rem auto;
padding:0 1rem;color:#1a1a1a} table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}
th,td{border:1px solid #bbb;padding:.3rem .6rem;text-align:left;vertical-align:top}
th{background:#f0f0f0} .bad{color:#a8071a;font-weight:600} .good{color:#237804}
@media print{body{margin:0}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What the report states.

    Args:
        since: The views, deletions and outages are those from then
        until: to then.
        newest_backup: ``None`` if there is none.
    """

    profile: Profile
    since: datetime
    until: datetime
    days: Mapping[RowKind, int]
    oldest: Mapping[RowKind, datetime | None]
    counts: Counts
    views: Sequence[Views]
    deletions: Deletions
    outages: Sequence[Outage]
    holds: Sequence[LegalHold]
    requests: Sequence[ErasureRequest]
    check: AuditCheck | None
    newest_backup: datetime | None


async def inspect(
    connection: AsyncConnection,
    *,
    profile: Profile,
    days: Mapping[RowKind, int],
    since: datetime,
    until: datetime,
    newest_backup: datetime | None,
) -> Inspection:
    """Read everything that the report states."""
    return Inspection(
        profile=profile,
        since=since,
        until=until,
        days=days,
        oldest=await inspection_store.list_oldest(connection),
        counts=await inspection_store.get_counts(connection, since=since, until=until),
        views=await inspection_store.list_views(connection, since=since, until=until),
        deletions=await inspection_store.count_deletions(connection, since=since, until=until),
        outages=await inspection_store.list_outages(connection, since=since, until=until),
        holds=await hold_store.list_holds(
            connection, scope=EVERYTHING, with_released=False, limit=_LIMIT
        ),
        requests=await erasure_store.list_requests(
            connection, scope=EVERYTHING, with_decided=True, limit=_LIMIT
        ),
        check=await get_check(connection),
        newest_backup=newest_backup,
    )


def render_report(found: Inspection, time_zone: tzinfo) -> str:
    """Return the report as an HTML page without references to anything else.

    Args:
        time_zone: In which times are stated.
    """
    parts = [
        _summary(found, time_zone),
        _terms(found, time_zone),
        _views(found, time_zone),
        _deletions(found, time_zone),
        _holds(found, time_zone),
        _outages(found, time_zone),
    ]
    title = "公共视频预警系统数据管理检查报告"
    period = f"{_time(found.since, time_zone)} 至 {_time(found.until, time_zone)}"
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>"
        f"<p>统计时间：{period}。规则：{escape(found.profile.value)}。</p>"
        + "".join(parts)
        + "</body></html>\n"
    )


def _summary(found: Inspection, zone: tzinfo) -> str:
    counts, check = found.counts, found.check
    hidden = f"{counts.redacted} / {counts.snapshots}"
    all_hidden = counts.redacted == counts.snapshots
    late = found.until - found.newest_backup if found.newest_backup else None
    checked = "尚未检查"
    if check is not None:
        at = _time(check.checked_at, zone)
        checked = f"{at} 检查 {check.entries} 条，{check.n_findings} 处不符"
    rows = [
        ("接入设备", f"{counts.nodes} 个边缘节点，{counts.cameras} 路摄像机", None),
        ("有效账号", f"{counts.accounts} 个", None),
        ("留存的图片和录像", f"{counts.evidence} 份", None),
        ("已遮挡人脸的告警图片", hidden, all_hidden),
        (
            "审计日志完整性",
            checked,
            check is not None and check.n_findings == 0,
        ),
        (
            "最近一次备份",
            _time(found.newest_backup, zone) if found.newest_backup else "没有备份",
            late is not None and late.days < 2,
        ),
    ]
    return "<h2>一、总体情况</h2>" + _table(
        ("项目", "情况", "结论"),
        ((name, escape(state), _verdict(good)) for name, state, good in rows),
    )


def _terms(found: Inspection, zone: tzinfo) -> str:
    terms = TERMS[found.profile]
    rows = []
    for kind in RowKind:
        oldest, days = found.oldest[kind], found.days[kind]
        rows.append(
            (
                NAMES[kind].zh,
                f"{days} 天",
                f"{terms[kind].least} 至 {terms[kind].most} 天",
                _time(oldest, zone) if oldest else "无",
            )
        )
    note = (
        "<p>到期数据每小时自动删除；未办结的事件和证据保全的内容不删除，因此最早记录可能早于期限。"
        "事件的期限自办结之日起算。</p>"
    )
    return "<h2>二、保存期限</h2>" + _table(("数据", "期限", "允许范围", "最早一条"), rows) + note


def _views(found: Inspection, zone: tzinfo) -> str:
    rows = [
        (
            escape(views.actor),
            PURPOSES.get(views.purpose, escape(views.purpose)),
            str(views.n),
            str(views.n_incidents),
            _time(views.last_at, zone),
        )
        for views in found.views
    ]
    heading = "<h2>三、图片和录像查阅登记</h2>"
    return heading + _table(("账号", "用途", "次数", "涉及事件", "最近一次"), rows)


def _deletions(found: Inspection, zone: tzinfo) -> str:
    deletions = found.deletions
    rows = [
        (
            escape(request.reference),
            _time(request.recorded_at, zone),
            _time(request.due_at, zone),
            {"granted": "同意", "refused": "不同意", None: "待决定"}[request.decision],
            escape(request.decided_by or ""),
            str(request.n_erased),
        )
        for request in found.requests
    ]
    heads = ("来函编号", "登记时间", "答复期限", "决定", "决定人", "已删除")
    return (
        "<h2>四、删除情况</h2>"
        f"<p>到期删除图片和录像 {deletions.expired} 份，应个人申请删除 {deletions.on_request} 份；"
        f"其中 {deletions.waiting} 份文件正在删除。</p>" + _table(heads, rows)
    )


def _holds(found: Inspection, zone: tzinfo) -> str:
    rows = [
        (
            escape(hold.authority),
            escape(hold.reason),
            _time(hold.placed_at, zone),
            escape(hold.placed_by),
            _time(hold.review_at, zone),
        )
        for hold in found.holds
    ]
    return "<h2>五、证据保全</h2>" + _table(
        ("要求机关及文号", "原因", "登记时间", "登记人", "复核时间"), rows
    )


def _outages(found: Inspection, zone: tzinfo) -> str:
    rows = [
        (
            escape(outage.title or outage.camera or outage.node),
            "节点失联" if outage.kind == "unreachable" else "视频中断",
            _time(outage.since, zone),
            _time(outage.ended_at, zone) if outage.ended_at else '<b class="bad">未恢复</b>',
            f"{((outage.ended_at or found.until) - outage.since).days} 天",
        )
        for outage in found.outages
    ]
    return "<h2>六、停用一天以上的设备</h2>" + _table(
        ("设备", "情况", "开始", "恢复", "时长"), rows
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; the cells are HTML already."""
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    if not body:
        return "<p>无。</p>"
    head = "".join(f"<th>{name}</th>" for name in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _verdict(is_good: bool | None) -> str:  # a cell of a table
    if is_good is None:
        return ""
    return '<span class="good">符合</span>' if is_good else '<span class="bad">需整改</span>'


def _time(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
