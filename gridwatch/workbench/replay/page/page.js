// The report of one scenario on one recording, drawn from the JSON in the page.

const data = JSON.parse(document.getElementById("data").textContent);
const entries = data.entries;
const times = entries.map((entry) => entry.at_s);
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

function snapshotAt(seconds) {
  let best = data.snapshots[0];
  for (const snapshot of data.snapshots) {
    if (Math.abs(snapshot.at_s - seconds) <= Math.abs(best.at_s - seconds)) best = snapshot;
  }
  return best;
}

// ---- the snapshot and its overlay

const rectangle = (box, kind) =>
  svg("rect", { x: box[0], y: box[1], width: box[2], height: box[3], class: kind });

const outline = ({ points }) =>
  svg(points.length > 2 ? "polygon" : "polyline", {
    points: points.map((point) => point.join(",")).join(" "), class: "zone",
  });

// What a node sends with its snapshot of an alert, drawn as the console draws it.
function shapesOfContent({ zones, objects }) {
  const kind = ({ role, visible = true }) => (role === "other" ? "other" : visible ? "counted" : "expected");
  const others = objects.filter((object) => object.role === "other");
  const counted = objects.filter((object) => object.role !== "other");
  return [...zones.map(outline), ...[...others, ...counted].map((object) => rectangle(object.box, kind(object)))];
}

function shapesOf(entry) {
  const shapes = data.zones.map(outline);
  for (const [x, y] of data.marks) {
    shapes.push(svg("path", { d: `M${x - 0.012},${y}h0.024M${x},${y - 0.016}v0.032`, class: "mark" }));
  }
  for (const detection of entry.detections || []) {
    if (detection.score < data.confident) shapes.push(rectangle(detection.box, "doubtful"));
  }
  for (const track of entry.tracks || []) shapes.push(rectangle(track.box, track.inside ? "inside" : "other"));
  for (const signal of entry.signals || []) for (const box of signal.boxes) shapes.push(rectangle(box, "counted"));
  return shapes;
}

function showPicture() {
  const entry = entries[at];
  const snapshot = snapshotAt(entry.at_s);
  if (snapshot && byId("photo").src !== snapshot.url) byId("photo").src = snapshot.url;
  byId("overlay").replaceChildren(...shapesOf(entry));
  const away = snapshot ? snapshot.at_s - entry.at_s : 0;
  byId("shown").textContent = Math.abs(away) < 0.05
    ? `${clock(entry.at_s)} · ${words().redacted}`
    : `${words().picture} ${clock(snapshot.at_s)} · ${words().redacted}`;
}

// ---- the explanation, step by step

function describeGauges(index) {
  return data.gauges.map((gauge) => {
    const value = gauge.values[index];
    const now = value === null ? (gauge.above ? `< ${short(gauge.range_end)}` : `> ${short(gauge.range_end)}`) : short(value);
    return `${gauge.title[language]} ${now}${words().against(short(gauge.threshold))}`;
  }).join(language === "zh" ? "，" : ", ");
}

function describeHold(entry) {
  const episode = (entry.episodes || []).reduce((a, b) => (a && progress(a) >= progress(b) ? a : b), null);
  if (!episode) return words().hold_none;
  const timing = data.timing;
  const text = words().hold_progress(short(episode.held_for_s), short(timing.hold_s),
    Math.round(100 * episode.share), Math.round(100 * timing.share));
  return episode.unseen_for_s > 0.3 ? `${text}; ${words().hold_cleared(short(episode.unseen_for_s))}` : text;
}

const progress = (episode) => Math.min(1, data.timing.hold_s ? episode.held_for_s / data.timing.hold_s : 1,
  episode.share / data.timing.share);
const isOpen = (entry) => (entry.episodes || []).some((episode) => episode.level);

function steps(entry, index) {
  const detections = entry.detections || [];
  const tracked = entry.tracks || [];
  const inside = tracked.filter((track) => track.inside).length;
  const hasSignal = (entry.signals || []).length > 0;
  const measured = describeGauges(index);
  const rule = `${hasSignal ? words().rule_met : words().rule_not_met}${measured ? words().colon + measured : ""}`;
  const sure = detections.filter((detection) => detection.score >= data.confident).length;
  const tracks = data.scenario.watches.length === 0 ? [] : [
    { name: "detect", good: detections.length > 0, text: words().detail_detect(detections.length, sure, entry.other_detections || 0) },
    { name: "track", good: tracked.length > 0, text: words().detail_track(tracked.length) },
    { name: "inside", good: inside > 0, text: words().detail_inside(inside) },
  ];
  const pixels = data.scenario.needs.length === 0 ? [] : [
    { name: "pixels", good: (entry.pixel_events || 0) > 0, text: words().detail_pixels(entry.pixel_events || 0) },
  ];
  return [...(tracks.length ? tracks : pixels),
    { name: "rule", good: hasSignal, text: rule },
    { name: "hold", good: isOpen(entry), text: describeHold(entry) }];
}

function alertStep(entry) {
  const open = data.alerts.filter((alert) => alert.opened_s <= entry.at_s && entry.at_s < alert.closed_s);
  if (!open.length) return { name: "alert", good: false, text: words().alert_none };
  const unseen = Math.min(...(entry.episodes || []).filter((episode) => episode.level).map((episode) => episode.unseen_for_s), Infinity);
  const left = unseen > 0.3 && Number.isFinite(unseen) ? words().closes(short(data.timing.clear_s - unseen)) : "";
  return { name: "alert", good: true, text: open
    .map((alert) => words().alert_open(levelName(alert.level), clock(alert.opened_s), left)).join("; ") };
}

function verdict(entry, stop) {
  if (entry.gap) return words().gap;
  if (data.alerts.some((alert) => alert.opened_s === entry.at_s)) return words().opens;
  return stop ? words().stop[stop.name] : words().fires;
}

function showWhy() {
  const entry = entries[at];
  const list = steps(entry, at);
  const alert = alertStep(entry);
  const stop = alert.good ? -1 : list.findIndex((step) => !step.good && isBlocking(step, list));
  const rows = [...list, alert].map((step, i) => {
    const state = i === stop ? "stop" : stop >= 0 && i > stop ? "after" : step.good ? "good" : "open";
    const mark = state === "stop" ? "✕" : state === "good" ? "✓" : "–";
    return html("li", { class: state }, html("span", { class: "mark" }, mark),
      html("span", { class: "name" }, words()[step.name]), html("span", {}, step.text));
  });
  byId("why").replaceChildren(
    html("p", { class: "verdict" }, verdict(entry, list[stop])), html("ol", {}, ...rows), legend());
}

const STROKES = { zone: "var(--zone)", counted: "var(--counted)", inside: "#c8d2dc", other: "#9aa7b4", doubtful: "#9aa7b4" };

function legend() {
  const used = Object.keys(STROKES).filter((kind) => (kind === "zone" ? data.zones.length : true)
    && (data.scenario.watches.length || kind === "zone" || kind === "counted"));
  return html("p", { id: "legend" }, ...used.map((kind) =>
    html("span", { class: kind, style: `--stroke: ${STROKES[kind]}` }, words().legend[kind])));
}

// A signal overrides the steps before it: some rules signal that something is absent.
const isBlocking = (step, list) =>
  step.name === "rule" || step.name === "hold" || !list.find((step) => step.name === "rule").good;

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
  const snapshot = snapshotAt(seconds);
  const content = snapshot.at_s === seconds ? snapshot.contents[alert.id] : undefined;
  const shapes = content ? shapesOfContent(content) : shapesOf(entries[indexAt(seconds)]);
  const overlay = svg("svg", { viewBox: "0 0 1 1", preserveAspectRatio: "none", class: "overlay" }, ...shapes);
  return html("button", { type: "button", onclick: () => { go(indexAt(seconds)); scrollTo({ top: 0, behavior: "smooth" }); } },
    html("figure", {}, html("img", { src: snapshot.url, alt: "" }), overlay),
    html("div", { class: "words" }, `${word} ${clock(seconds)} `,
      html("span", {}, (content ?? alert).because[language])));
}

function showMoments() {
  const all = data.alerts.flatMap(momentsOf);
  const busiest = all.length ? [] : nearestMoments().map((i) => ({ seconds: times[i], word: "", alert: { because: { zh: describeGauges(i), en: describeGauges(i) } } }));
  const shown = [...all, ...busiest].filter(() => data.snapshots.length);
  byId("moments").replaceChildren(...shown.map(momentCard));
  byId("moments").parentElement.hidden = !shown.length;
}

// Without alerts: the three moments, well apart, closest to an alert; the closest first.
function nearestMoments() {
  const closeness = entries.map((entry, i) => Math.max(0, ...(entry.episodes || []).map(progress)) * 100
    + Math.max(0, ...data.gauges.map((gauge) => gauge.values[i] === null ? 0
      : gauge.above ? gauge.values[i] / gauge.threshold : gauge.threshold / gauge.values[i])));
  const order = closeness.map((value, i) => [value, i]).sort((a, b) => b[0] - a[0]).map(([, i]) => i);
  const chosen = [];
  for (const i of order) {
    if (chosen.length < 3 && closeness[i] > 0 && chosen.every((k) => Math.abs(times[k] - times[i]) > data.length_s / 8)) chosen.push(i);
  }
  return chosen;
}

function showSettings() {
  const rows = data.parameters.map((setting) => html("tr", {},
    html("td", {}, setting.title[language]), html("td", {}, html("code", {}, setting.name)),
    html("td", { class: setting.value === setting.default ? "number" : "number set" }, `${short(setting.value)} ${setting.unit}`),
    html("td", { class: "number" }, `${short(setting.default)} ${setting.unit}`)));
  byId("parameters").replaceChildren(html("div", { class: "frame" }, html("table", {},
    html("thead", {}, html("tr", {}, html("th", {}, ""), html("th", {}, words().name),
      html("th", {}, words().value), html("th", {}, words().standard))), html("tbody", {}, ...rows))));
}

// The source of the metres, and their error in the middle of each zone.
function showMetres() {
  const { source, marks, zones } = data.metres;
  const percent = (share) => `${share >= 1 ? ">" : "±"}${Math.round(100 * share)} %`;
  const accuracies = zones.map((zone) => words().metres_of(zoneName(zone.zone),
    zone.place_m === null ? "" : `±${zone.place_m.toFixed(1)} m`, percent(zone.across), percent(zone.away)));
  byId("earliest").textContent = words().earliest(data.earliest_s, data.earliest_s > data.length_s);
  byId("metres").textContent = [words().metres_from(source, marks), ...accuracies].join(language === "zh" ? "；" : "; ");
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
  byId("about").textContent = `${data.video} · ${data.scenario.key} · ${data.frames} ${words().frames} · ${words().model} ${data.model}`;
  byId("language").textContent = language === "zh" ? "English" : "中文";
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = words()[node.dataset.word];
  byId("play").textContent = timer ? words().pause : words().play;
  showSummary();
  showTimeline();
  showMoments();
  showSettings();
  showMetres();
  go(at);
}

byId("moment").max = entries.length - 1;
byId("moment").addEventListener("input", (event) => go(Number(event.target.value)));
byId("play").addEventListener("click", playOrPause);
byId("language").addEventListener("click", () => { language = language === "zh" ? "en" : "zh"; showAll(); });
addEventListener("resize", showTimeline);
at = data.alerts.length ? indexAt(data.alerts[0].opened_s) : nearestMoments()[0] || 0;
showAll();
