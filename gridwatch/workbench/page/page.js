"use strict";
// One page about one scenario on one recording. All it shows is in the JSON beside it.

const data = JSON.parse(document.getElementById("data").textContent);
const entries = data.entries;
const times = entries.map((entry) => entry.at_s);
const WORDS = {
  zh: {
    timeline: "时间轴", moments: "关键画面", settings: "参数", alerts: "次告警",
    none: "整段录像没有告警。拖动滑块，查看任意时刻为什么没有触发。",
    play: "播放", pause: "暂停", level: { info: "提示", minor: "一般", major: "重要", critical: "紧急" },
    opened: "触发", closed: "结束", updated: "更新", zone: "区域", frame: "全画面",
    detect: "检测", track: "跟踪", inside: "区域内", sight: "画面", rule: "规则", hold: "持续", alert: "告警",
    signal: "信号", count: "区域内数量", name: "名称", value: "取值", standard: "默认", picture: "画面",
    said_detect: (n, sure, other) => `检出 ${n} 个，其中 ${sure} 个可信；另有 ${other} 个其他目标`,
    said_track: (n) => `已确认 ${n} 个`, said_inside: (n) => `脚点在区域内 ${n} 个`,
    said_sight: (n) => `画面信号 ${n} 项`,
    rule_speaks: "规则成立", rule_silent: "规则不成立",
    hold_of: (s, need, share, least) => `已持续 ${s} / ${need} 秒，出现比例 ${share}%（需 ${least}%）`,
    hold_none: "尚未开始计时", hold_gone: (s) => `信号已消失 ${s} 秒`,
    alert_open: (level, since, left) => `${level}告警，自 ${since} 起${left}`, alert_none: "无告警",
    closes: (s) => `；再消失 ${s} 秒即结束`, gap: "此时没有画面。",
    fires: "告警进行中。", opens: "此刻触发告警。",
    stop: {
      detect: "没有触发：检测器没有看到要找的目标。", track: "没有触发：检出的目标还没有得到确认。",
      inside: "没有触发：目标不在区域内。", sight: "没有触发：画面里没有要找的变化。",
      rule: "没有触发：规则的条件未满足。", hold: "没有触发：持续的时间还不够。",
    },
    legend: { zone: "区域", pointed: "规则所指", inside: "区域内", outside: "区域外", doubtful: "存疑" },
    lines_from: "帧", model: "模型", faces: "人脸已模糊",
  },
  en: {
    timeline: "Timeline", moments: "Key frames", settings: "Settings", alerts: "alerts",
    none: "No alert in this recording. Move the slider to see why it did not fire at any moment.",
    play: "Play", pause: "Pause", level: { info: "info", minor: "minor", major: "major", critical: "critical" },
    opened: "opened", closed: "closed", updated: "updated", zone: "zone", frame: "whole frame",
    detect: "Detected", track: "Tracked", inside: "In zone", sight: "Pixels", rule: "Rule", hold: "Hold", alert: "Alert",
    signal: "Signal", count: "Count in zone", name: "name", value: "set to", standard: "default", picture: "picture",
    said_detect: (n, sure, other) => `${n} found, ${sure} of them surely; ${other} other objects`,
    said_track: (n) => `${n} confirmed`, said_inside: (n) => `${n} with feet in the zone`,
    said_sight: (n) => `${n} seen in the pixels`,
    rule_speaks: "holds true", rule_silent: "is not met",
    hold_of: (s, need, share, least) => `lasts ${s} of ${need} s, seen in ${share} % of it (${least} % needed)`,
    hold_none: "has not begun", hold_gone: (s) => `not seen for ${s} s`,
    alert_open: (level, since, left) => `${level}, open since ${since}${left}`, alert_none: "none",
    closes: (s) => `; over when gone for ${s} s more`, gap: "No picture at this moment.",
    fires: "An alert is open.", opens: "The alert opens here.",
    stop: {
      detect: "It does not fire: the detector sees none of what is watched.",
      track: "It does not fire: what was detected is not confirmed yet.",
      inside: "It does not fire: nobody stands in the zone.",
      sight: "It does not fire: the pixels show nothing of it.",
      rule: "It does not fire: the rule's condition is not met.",
      hold: "It does not fire: it has not lasted long enough.",
    },
    legend: { zone: "zone", pointed: "the rule points here", inside: "in the zone", outside: "outside", doubtful: "doubtful" },
    lines_from: "frames", model: "model", faces: "faces blurred",
  },
};
let language = (navigator.language || "zh").startsWith("zh") ? "zh" : "en";
let at = 0;
let timer = 0;
const words = () => WORDS[language];
const byId = (id) => document.getElementById(id);

function html(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") node.addEventListener("click", value);
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function clock(seconds) {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(seconds - 60 * minutes).toFixed(1).padStart(4, "0")}`;
}

const short = (number) => String(Math.round(number * 100) / 100);
const levelName = (level) => words().level[level];
const zoneName = (name) => (name === "frame" ? words().frame : name);

function indexAt(seconds) {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle] <= seconds + 0.0005) low = middle;
    else high = middle - 1;
  }
  return low;
}

function photoAt(seconds) {
  let best = data.photos[0];
  for (const photo of data.photos) {
    if (Math.abs(photo.at_s - seconds) <= Math.abs(best.at_s - seconds)) best = photo;
  }
  return best;
}

// ---- the picture, with what is known about it

const rectangle = (box, kind) =>
  svg("rect", { x: box[0], y: box[1], width: box[2], height: box[3], class: kind });

function drawn(entry) {
  const shapes = data.zones.map((zone) =>
    svg(zone.points.length > 2 ? "polygon" : "polyline", {
      points: zone.points.map((point) => point.join(",")).join(" "), class: "zone",
    }));
  for (const found of entry.found || []) {
    if (found.score < data.confident) shapes.push(rectangle(found.box, "doubtful"));
  }
  for (const seen of entry.seen || []) shapes.push(rectangle(seen.box, seen.inside ? "inside" : "outside"));
  for (const said of entry.said || []) for (const box of said.boxes) shapes.push(rectangle(box, "pointed"));
  return shapes;
}

function showPicture() {
  const entry = entries[at];
  const photo = photoAt(entry.at_s);
  if (photo && byId("photo").src !== photo.url) byId("photo").src = photo.url;
  byId("overlay").replaceChildren(...drawn(entry));
  const away = photo ? photo.at_s - entry.at_s : 0;
  byId("shown").textContent = Math.abs(away) < 0.05
    ? `${clock(entry.at_s)} · ${words().faces}`
    : `${words().picture} ${clock(photo.at_s)} · ${words().faces}`;
}

// ---- why, step by step

function gaugeWords(index) {
  return data.gauges.map((gauge) => {
    const value = gauge.values[index];
    const sign = gauge.above ? "≥" : "≤";
    const now = value === null ? (gauge.above ? `< ${short(gauge.end)}` : `> ${short(gauge.end)}`) : short(value);
    return `${gauge.title[language]} ${now} (${sign} ${short(gauge.threshold)})`;
  }).join(language === "zh" ? "，" : ", ");
}

function holdWords(entry) {
  const held = (entry.held || []).reduce((a, b) => (a && progress(a) >= progress(b) ? a : b), null);
  if (!held) return words().hold_none;
  const timing = data.timing;
  const said = words().hold_of(short(held.lasted_s), short(timing.hold_s),
    Math.round(100 * held.share), Math.round(100 * timing.share));
  return held.unseen_s > 0.3 ? `${said}; ${words().hold_gone(short(held.unseen_s))}` : said;
}

const progress = (held) => Math.min(1, data.timing.hold_s ? held.lasted_s / data.timing.hold_s : 1,
  held.share / data.timing.share);
const isOpen = (entry) => (entry.held || []).some((held) => held.level);

function steps(entry, index) {
  const found = entry.found || [];
  const seen = entry.seen || [];
  const inside = seen.filter((one) => one.inside).length;
  const spoke = (entry.said || []).length > 0;
  const measured = gaugeWords(index);
  const rule = `${spoke ? words().rule_speaks : words().rule_silent}${measured ? ": " + measured : ""}`;
  const sure = found.filter((one) => one.score >= data.confident).length;
  const tracks = data.scenario.watches.length === 0 ? [] : [
    { name: "detect", good: found.length > 0, text: words().said_detect(found.length, sure, entry.other || 0) },
    { name: "track", good: seen.length > 0, text: words().said_track(seen.length) },
    { name: "inside", good: inside > 0, text: words().said_inside(inside) },
  ];
  const sights = data.scenario.needs.length === 0 ? [] : [
    { name: "sight", good: (entry.sights || 0) > 0, text: words().said_sight(entry.sights || 0) },
  ];
  return [...(sights.length ? sights : tracks),
    { name: "rule", good: spoke, text: rule },
    { name: "hold", good: isOpen(entry), text: holdWords(entry) }];
}

function alertStep(entry) {
  const open = data.alerts.filter((alert) => alert.opened_s <= entry.at_s && entry.at_s < alert.closed_s);
  if (!open.length) return { name: "alert", good: false, text: words().alert_none };
  const unseen = Math.min(...(entry.held || []).filter((h) => h.level).map((h) => h.unseen_s), Infinity);
  const left = unseen > 0.3 && Number.isFinite(unseen) ? words().closes(short(data.timing.clear_s - unseen)) : "";
  return { name: "alert", good: true, text: open
    .map((alert) => words().alert_open(levelName(alert.level), clock(alert.opened_s), left)).join("; ") };
}

function verdict(entry, list, open) {
  if (entry.gap) return words().gap;
  if (data.alerts.some((alert) => alert.opened_s === entry.at_s)) return words().opens;
  if (open) return words().fires;
  const stop = list.find((step) => !step.good);
  return stop ? words().stop[stop.name] : words().fires;
}

function showWhy() {
  const entry = entries[at];
  const list = steps(entry, at);
  const alert = alertStep(entry);
  const stop = alert.good ? -1 : list.findIndex((step) => !step.good && spokeNot(step, list));
  const rows = [...list, alert].map((step, i) => {
    const state = i === stop ? "stop" : stop >= 0 && i > stop ? "after" : step.good ? "good" : "open";
    const mark = state === "stop" ? "✕" : state === "good" ? "✓" : "–";
    return html("li", { class: state }, html("span", { class: "mark" }, mark),
      html("span", { class: "name" }, words()[step.name]), html("span", {}, step.text));
  });
  byId("why").replaceChildren(
    html("p", { class: "verdict" }, verdict(entry, alert.good ? [] : list, alert.good)), html("ol", {}, ...rows), legend());
}

const STROKES = { zone: "var(--zone)", pointed: "#ff4d5e", inside: "#58c4ff", outside: "#9aa7b4", doubtful: "#9aa7b4" };

function legend() {
  const used = Object.keys(STROKES).filter((kind) => (kind === "zone" ? data.zones.length : true)
    && (data.scenario.watches.length || kind === "zone" || kind === "pointed"));
  return html("p", { id: "legend" }, ...used.map((kind) =>
    html("span", { class: kind, style: `--stroke: ${STROKES[kind]}` }, words().legend[kind])));
}

// A rule that speaks needs nothing of what comes before it: some watch for what is absent.
const spokeNot = (step, list) =>
  step.name === "rule" || step.name === "hold" || !list.find((one) => one.name === "rule").good;

// ---- the timeline

const LEFT = 8;
const RIGHT = 8;

function path(values, x, y) {
  let line = "";
  let pen = false;
  values.forEach((value, i) => {
    if (value === null) pen = false;
    else {
      line += `${pen ? "L" : "M"}${x(times[i]).toFixed(1)},${y(value).toFixed(1)}`;
      pen = true;
    }
  });
  return line;
}

function laneAlerts(top, x) {
  const rows = [];
  const ends = [];
  for (const alert of data.alerts) {
    let row = ends.findIndex((end) => end <= alert.opened_s);
    if (row < 0) row = ends.length;
    ends[row] = alert.closed_s;
    const y = top + 18 + 20 * row;
    rows.push(svg("rect", {
      x: x(alert.opened_s), y, width: Math.max(3, x(alert.closed_s) - x(alert.opened_s)), height: 15, rx: 4,
      style: `fill: var(--${alert.level})`,
    }));
    for (const told of alert.updated_s) {
      rows.push(svg("rect", { x: x(told), y, width: 1.5, height: 15, style: "fill: #fff" }));
    }
  }
  return { shapes: rows, height: 22 + 20 * Math.max(1, ends.length) };
}

function laneHold(top, x) {
  const best = entries.map((entry) => Math.max(0, ...(entry.held || []).map(progress)));
  const y = (part) => top + 52 - 32 * part;
  let area = `M${x(times[0])},${y(0)}`;
  best.forEach((part, i) => { area += `L${x(times[i]).toFixed(1)},${y(part).toFixed(1)}`; });
  area += `L${x(times[times.length - 1])},${y(0)}Z`;
  return { shapes: [svg("path", { d: area, class: "hold" }),
    svg("line", { x1: x(times[0]), x2: x(data.length_s), y1: y(1), y2: y(1), class: "threshold" })], height: 60 };
}

function laneSignal(top, x) {
  const width = Math.max(1, x(data.length_s / Math.max(1, entries.length)) - x(0) + 0.3);
  const shapes = entries.flatMap((entry) => (entry.said || []).slice(0, 1).map((said) =>
    svg("rect", { x: x(entry.at_s), y: top + 18, width, height: 12, style: `fill: var(--${said.level})` })));
  return { shapes, height: 38 };
}

function laneGauge(gauge, top, x) {
  const known = gauge.values.filter((value) => value !== null);
  const most = Math.max(gauge.threshold, ...known) * 1.1 || 1;
  const y = (value) => top + 104 - 82 * (value / most);
  const values = gauge.values.map((value) => (value === null && gauge.above ? 0 : value));
  const label = svg("text", { x: x(data.length_s), y: y(gauge.threshold) - 4, "text-anchor": "end", class: "needed" });
  label.textContent = `${gauge.above ? "≥" : "≤"} ${short(gauge.threshold)} ${gauge.unit}`;
  const ceiling = svg("text", { x: LEFT, y: y(most / 1.1) - 2 });
  ceiling.textContent = `${short(most / 1.1)} ${gauge.unit}`;
  return { shapes: [
    svg("line", { x1: x(0), x2: x(data.length_s), y1: y(0), y2: y(0), class: "axis" }),
    svg("path", { d: path(values, x, y), class: "value" }),
    svg("line", { x1: x(0), x2: x(data.length_s), y1: y(gauge.threshold), y2: y(gauge.threshold), class: "threshold" }),
    label, ceiling], height: 116 };
}

function laneCount(top, x) {
  const counts = entries.map((entry) => (entry.seen || []).filter((one) => one.inside).length);
  const most = Math.max(1, ...counts);
  const y = (value) => top + 50 - 30 * (value / most);
  const ceiling = svg("text", { x: x(data.length_s), y: top + 14, "text-anchor": "end" });
  ceiling.textContent = `0 – ${most}`;
  return { shapes: [svg("path", { d: path(counts, x, y), class: "inside" }), ceiling], height: 58 };
}

function axis(top, x, width) {
  const fits = Math.max(2, Math.floor(width / 70));
  const step = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600].find((s) => data.length_s / s <= fits) || 7200;
  const marks = [];
  for (let t = 0; t <= data.length_s; t += step) {
    const text = svg("text", { x: x(t), y: top + 16, "text-anchor": t === 0 ? "start" : "middle" });
    text.textContent = `${Math.floor(t / 60)}:${String(t % 60).padStart(2, "0")}`;
    marks.push(svg("line", { x1: x(t), x2: x(t), y1: 0, y2: top, class: "axis" }), text);
  }
  return marks;
}

function lanes() {
  const watched = data.scenario.watches.length ? [[words().count, laneCount]] : [];
  const gauged = data.gauges.map((gauge) =>
    [gauge.title[language], (top, x) => laneGauge(gauge, top, x)]);
  return [[words().alert, laneAlerts], [words().hold, laneHold], [words().signal, laneSignal], ...gauged, ...watched];
}

function showTimeline() {
  const box = byId("timeline");
  const width = Math.max(280, box.clientWidth - 16);
  const x = (seconds) => LEFT + (width - LEFT - RIGHT) * (seconds / Math.max(data.length_s, 0.1));
  const shapes = [];
  let top = 0;
  for (const [name, lane] of lanes()) {
    const title = svg("text", { x: LEFT, y: top + 13, class: "name" });
    title.textContent = name;
    const made = lane(top, x);
    shapes.push(title, ...made.shapes);
    top += made.height;
  }
  const gaps = entries.filter((entry) => entry.gap).map((entry) =>
    svg("rect", { x: x(entry.at_s) - 2, y: 0, width: 4, height: top, class: "gap" }));
  const cursor = svg("line", { y1: 0, y2: top, class: "cursor", id: "cursor" });
  const chart = svg("svg", { viewBox: `0 0 ${width} ${top + 22}`, height: top + 22, role: "img",
    "aria-label": words().timeline }, ...axis(top, x, width), ...gaps, ...shapes, cursor);
  const pick = (event) => {
    const inside = chart.getBoundingClientRect();
    go(indexAt(((event.clientX - inside.left) / inside.width * width - LEFT) / (width - LEFT - RIGHT) * data.length_s));
  };
  chart.addEventListener("pointerdown", (event) => { chart.setPointerCapture(event.pointerId); pick(event); });
  chart.addEventListener("pointermove", (event) => { if (event.buttons) pick(event); });
  box.replaceChildren(chart);
  box.place = x;
  moveCursor();
}

function moveCursor() {
  const where = byId("timeline").place(times[at]);
  byId("cursor").setAttribute("x1", where);
  byId("cursor").setAttribute("x2", where);
}

// ---- the rest of the page

function showSummary() {
  const rows = data.alerts.map((alert) => html("button",
    { class: "alert", type: "button", style: `--level: var(--${alert.level})`, onclick: () => go(indexAt(alert.opened_s)) },
    html("span", { class: "badge" }, levelName(alert.level)), html("strong", {}, alert.because[language]),
    html("span", { class: "times" }, `${zoneName(alert.zone)}${alert.subject ? " #" + alert.subject : ""} · `
      + `${words().opened} ${clock(alert.opened_s)} · ${words().closed} ${clock(alert.closed_s)}`)));
  byId("summary").replaceChildren(...(rows.length ? rows : [html("p", { class: "none" }, words().none)]));
}

function momentsOf(alert) {
  return [[alert.opened_s, words().opened], ...alert.updated_s.slice(0, 4).map((t) => [t, words().updated]),
    [alert.closed_s, words().closed]].map(([seconds, word]) => ({ seconds, word, alert }));
}

function momentCard({ seconds, word, alert }) {
  const entry = entries[indexAt(seconds)];
  const overlay = svg("svg", { viewBox: "0 0 1 1", preserveAspectRatio: "none", class: "overlay" }, ...drawn(entry));
  return html("button", { type: "button", onclick: () => { go(indexAt(seconds)); scrollTo({ top: 0, behavior: "smooth" }); } },
    html("figure", {}, html("img", { src: photoAt(seconds).url, alt: "" }), overlay),
    html("div", { class: "words" }, `${word} ${clock(seconds)} `, html("span", {}, alert.because[language])));
}

function showMoments() {
  const all = data.alerts.flatMap(momentsOf);
  const busiest = all.length ? [] : nearest().map((i) => ({ seconds: times[i], word: "", alert: { because: { zh: gaugeWords(i), en: gaugeWords(i) } } }));
  byId("moments").replaceChildren(...[...all, ...busiest].filter(() => data.photos.length).map(momentCard));
}

// Where nothing fired: the three moments, well apart, that came nearest.
function nearest() {
  const worth = entries.map((entry, i) => Math.max(0, ...(entry.held || []).map(progress)) * 100
    + Math.max(0, ...data.gauges.map((gauge) => gauge.values[i] === null ? 0
      : gauge.above ? gauge.values[i] / gauge.threshold : gauge.threshold / gauge.values[i])));
  const order = worth.map((value, i) => [value, i]).sort((a, b) => b[0] - a[0]).map(([, i]) => i);
  const kept = [];
  for (const i of order) {
    if (kept.length < 3 && kept.every((k) => Math.abs(times[k] - times[i]) > data.length_s / 8)) kept.push(i);
  }
  return kept.sort((a, b) => a - b);
}

function showSettings() {
  const rows = data.settings.map((setting) => html("tr", {},
    html("td", {}, setting.title[language]), html("td", {}, html("code", {}, setting.name)),
    html("td", { class: setting.value === setting.default ? "number" : "number set" }, `${short(setting.value)} ${setting.unit}`),
    html("td", { class: "number" }, `${short(setting.default)} ${setting.unit}`)));
  byId("settings").replaceChildren(html("div", { class: "frame" }, html("table", {},
    html("thead", {}, html("tr", {}, html("th", {}, ""), html("th", {}, words().name),
      html("th", {}, words().value), html("th", {}, words().standard))), html("tbody", {}, ...rows))));
}

function go(index) {
  at = Math.min(Math.max(index, 0), entries.length - 1);
  byId("moment").value = at;
  byId("clock").textContent = `${clock(times[at])} / ${clock(data.length_s)}`;
  showPicture();
  showWhy();
  moveCursor();
}

function playOrPause() {
  clearInterval(timer);
  timer = timer ? 0 : setInterval(() => (at + 1 < entries.length ? go(at + 1) : playOrPause()), 1000 / data.detect_fps);
  byId("play").textContent = timer ? words().pause : words().play;
}

function showAll() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = `${data.scenario.title[language]} · ${data.video} · gridwatch`;
  byId("title").textContent = data.scenario.title[language];
  byId("about").textContent = `${data.video} · ${data.scenario.key} · ${data.frames} ${words().lines_from} · ${words().model} ${data.model}`;
  byId("language").textContent = language === "zh" ? "English" : "中文";
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = words()[node.dataset.word];
  byId("play").textContent = timer ? words().pause : words().play;
  showSummary();
  showTimeline();
  showMoments();
  showSettings();
  go(at);
}

byId("moment").max = entries.length - 1;
byId("moment").addEventListener("input", (event) => go(Number(event.target.value)));
byId("play").addEventListener("click", playOrPause);
byId("language").addEventListener("click", () => { language = language === "zh" ? "en" : "zh"; showAll(); });
addEventListener("resize", showTimeline);
at = data.alerts.length ? indexAt(data.alerts[0].opened_s) : nearest()[0] || 0;
showAll();
