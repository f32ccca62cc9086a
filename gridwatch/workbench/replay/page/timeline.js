// The timeline: alerts, hold time, signals, and measured quantities against their thresholds.

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
    for (const updated of alert.updated_s) {
      rows.push(svg("rect", { x: x(updated), y, width: 1.5, height: 15, style: "fill: #fff" }));
    }
  }
  return { shapes: rows, height: 22 + 20 * Math.max(1, ends.length) };
}

function laneHold(top, x) {
  const best = entries.map((entry) => Math.max(0, ...(entry.episodes || []).map(progress)));
  const y = (part) => top + 52 - 32 * part;
  let area = `M${x(times[0])},${y(0)}`;
  best.forEach((part, i) => { area += `L${x(times[i]).toFixed(1)},${y(part).toFixed(1)}`; });
  area += `L${x(times[times.length - 1])},${y(0)}Z`;
  return { shapes: [svg("path", { d: area, class: "hold" }),
    svg("line", { x1: x(times[0]), x2: x(data.length_s), y1: y(1), y2: y(1), class: "threshold" })], height: 60 };
}

function laneSignal(top, x) {
  const width = Math.max(1, x(data.length_s / Math.max(1, entries.length)) - x(0) + 0.3);
  const shapes = entries.flatMap((entry) => (entry.signals || []).slice(0, 1).map((signal) =>
    svg("rect", { x: x(entry.at_s), y: top + 18, width, height: 12, style: `fill: var(--${signal.level})` })));
  return { shapes, height: 38 };
}

function laneGauge(gauge, top, x) {
  const known = gauge.values.filter((value) => value !== null);
  const most = Math.max(gauge.threshold, ...known) * 1.1 || 1;
  const y = (value) => top + 104 - 82 * (value / most);
  const values = gauge.values.map((value) => (value === null && gauge.above ? 0 : value));
  const label = svg("text", { x: x(data.length_s), y: y(gauge.threshold) - 4, "text-anchor": "end", class: "needed" });
  label.textContent = `${words().threshold} ${short(gauge.threshold)} ${gauge.unit}`;
  const ceiling = svg("text", { x: LEFT, y: y(most / 1.1) - 2 });
  ceiling.textContent = `${short(most / 1.1)} ${gauge.unit}`;
  return { shapes: [
    svg("line", { x1: x(0), x2: x(data.length_s), y1: y(0), y2: y(0), class: "axis" }),
    svg("path", { d: path(values, x, y), class: "value" }),
    svg("line", { x1: x(0), x2: x(data.length_s), y1: y(gauge.threshold), y2: y(gauge.threshold), class: "threshold" }),
    label, ceiling], height: 116 };
}

function laneCount(top, x) {
  const counts = entries.map((entry) => (entry.tracks || []).filter((track) => track.inside).length);
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
  const timeline = byId("timeline");
  const width = Math.max(280, timeline.clientWidth - 16);
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
  timeline.replaceChildren(chart);
  timeline.xOf = x;
  moveCursor();
}

function moveCursor() {
  const where = byId("timeline").xOf(times[at]);
  byId("cursor").setAttribute("x1", where);
  byId("cursor").setAttribute("x2", where);
}
