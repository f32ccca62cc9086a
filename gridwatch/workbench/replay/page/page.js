// One page about one scenario on one recording. All it shows is in the JSON beside it.

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
  for (const [x, y] of data.marks) {
    shapes.push(svg("path", { d: `M${x - 0.012},${y}h0.024M${x},${y - 0.016}v0.032`, class: "mark" }));
  }
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
    const now = value === null ? (gauge.above ? `< ${short(gauge.end)}` : `> ${short(gauge.end)}`) : short(value);
    return `${gauge.title[language]} ${now}${words().against(short(gauge.threshold))}`;
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
  const rule = `${spoke ? words().rule_speaks : words().rule_silent}${measured ? words().colon + measured : ""}`;
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

function verdict(entry, stop) {
  if (entry.gap) return words().gap;
  if (data.alerts.some((alert) => alert.opened_s === entry.at_s)) return words().opens;
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
    html("p", { class: "verdict" }, verdict(entry, list[stop])), html("ol", {}, ...rows), legend());
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
  const shown = [...all, ...busiest].filter(() => data.photos.length);
  byId("moments").replaceChildren(...shown.map(momentCard));
  byId("moments").parentElement.hidden = !shown.length;
}

// Where nothing fired: the three moments, well apart, that came nearest; the best first.
function nearest() {
  const worth = entries.map((entry, i) => Math.max(0, ...(entry.held || []).map(progress)) * 100
    + Math.max(0, ...data.gauges.map((gauge) => gauge.values[i] === null ? 0
      : gauge.above ? gauge.values[i] / gauge.threshold : gauge.threshold / gauge.values[i])));
  const order = worth.map((value, i) => [value, i]).sort((a, b) => b[0] - a[0]).map(([, i]) => i);
  const kept = [];
  for (const i of order) {
    if (kept.length < 3 && worth[i] > 0 && kept.every((k) => Math.abs(times[k] - times[i]) > data.length_s / 8)) kept.push(i);
  }
  return kept;
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

// Where metres come from, and how far off they may be in the middle of each zone.
function showMetres() {
  const { source, marks, zones } = data.metres;
  const percent = (share) => `${share >= 1 ? ">" : "±"}${Math.round(100 * share)} %`;
  const told = zones.map((zone) => words().metres_of(zoneName(zone.zone),
    zone.place_m === null ? "" : `±${zone.place_m.toFixed(1)} m`, percent(zone.across), percent(zone.away)));
  byId("metres").textContent = [words().metres_from(source, marks), ...told].join(language === "zh" ? "；" : "; ");
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
  showMetres();
  go(at);
}

byId("moment").max = entries.length - 1;
byId("moment").addEventListener("input", (event) => go(Number(event.target.value)));
byId("play").addEventListener("click", playOrPause);
byId("language").addEventListener("click", () => { language = language === "zh" ? "en" : "zh"; showAll(); });
addEventListener("resize", showTimeline);
at = data.alerts.length ? indexAt(data.alerts[0].opened_s) : nearest()[0] || 0;
showAll();
