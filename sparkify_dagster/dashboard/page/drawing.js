"use strict";
// How charts are drawn, whatever they show. Colours are the page's, so light and dark need no redraw.

const color = {paid: "var(--paid)", free: "var(--free)", unknown: "var(--third)", third: "var(--third)", bad: "var(--bad)"};
const FRAME = {fill: "var(--surface)", stroke: "var(--line)", textPadding: 9};
const grow = {tickFormat: (value) => short.format(Math.abs(value)), nice: true, ticks: 4};
const dateOf = (row) => toDate(row.day ?? row.log_month ?? row.cohort_week);

function plot(width, options) {
  return Plot.plot({
    width, marginLeft: 44, marginRight: 12, marginBottom: 28,
    style: {fontSize: "11.5px", background: "none"},
    ...options,
    x: {label: null, tickSize: 4, ...options.x},
    y: {label: null, grid: true, tickSize: 0, ...options.y},
  });
}

// Some days are named day by day or week by week; for more, the plotting library finds its ticks.
function dayAxis(rows) {
  if (rows.length > 62) return {type: "utc"};
  return {type: "utc", ticks: rows.length > 14 ? "week" : "day", tickFormat: "%-d %b"};
}

// As many months are named as have room.
function monthAxis(rows, width) {
  const step = Math.max(1, Math.ceil(rows.length / Math.max(2, Math.floor(width / 64))));
  return {
    type: "band", padding: rows.length > 3 ? 0.25 : 0.6, domain: rows.map((row) => row.log_month),
    tickFormat: (month, i) => (i % step ? "" : d3.utcFormat("%b ’%y")(toDate(month))),
  };
}

// Two rows may have the same name, so bars stand by number.
function bars(rows, width, {name = "name", value = "total", fill = color.paid, label = 150} = {}) {
  const room = Math.min(label, width * 0.42);
  const fits = Math.floor((room - 8) / 7);
  const cut = (text) => (text.length > fits ? `${text.slice(0, fits - 1)}…` : text);
  const place = (_, i) => i;
  return plot(width, {
    height: rows.length * (rows.length > 5 ? 25 : 34) + 8, marginLeft: room, marginRight: 56, marginTop: 0, marginBottom: 4,
    x: {axis: null},
    y: {type: "band", domain: d3.range(rows.length), grid: false, tickFormat: (i) => cut(rows[i][name]), padding: 0.28},
    marks: [
      Plot.barX(rows, {x: value, y: place, fill, rx: 3, title: (row) => `${row[name]}: ${count.format(row[value])}`}),
      Plot.text(rows, {x: value, y: place, text: (row) => count.format(row[value]), textAnchor: "start", dx: 6, fill: "currentColor"}),
    ],
  });
}

// A series marked `below` hangs from zero.
function stackedMonths(rows, width, series) {
  const long = rows.flatMap((row) => series.map(({key, fill, below}) =>
    ({log_month: row.log_month, fill, value: below ? -row[key] : row[key]})));
  const said = (row) => [sayMonth(row.log_month), ...series.map(({key, name}) => `${name}: ${count.format(row[key])}`)];
  return plot(width, {
    height: 240, x: monthAxis(rows, width), y: grow,
    marks: [
      Plot.barY(long, {x: "log_month", y: "value", fill: "fill", rx: 2}),
      Plot.ruleY([0], {stroke: "var(--muted)"}),
      Plot.tip(rows, Plot.pointerX({x: "log_month", y: () => 0, ...FRAME, title: (row) => said(row).join("\n")})),
    ],
  });
}

// One tip a day that tells all series.
function dayTip(rows, y, series) {
  const said = (row) => [dayName.format(dateOf(row)), ...series.map(({key, name}) => `${name}: ${count.format(row[key])}`)];
  return [
    Plot.ruleX(rows, Plot.pointerX({x: dateOf, stroke: "var(--muted)", strokeOpacity: 0.5})),
    Plot.tip(rows, Plot.pointerX({x: dateOf, y, ...FRAME, title: (row) => said(row).join("\n")})),
  ];
}

// `strength` is 0 to 1; more counts as 1.
function heat(rows, width, {x, y, strength, xAxis, yAxis, height, title, marginLeft = 44}) {
  return plot(width, {
    height, marginLeft, marginTop: 4,
    x: {type: "band", padding: 0.06, ...xAxis}, y: {type: "band", grid: false, padding: 0.06, ...yAxis},
    marks: [
      Plot.cell(rows, {x, y, fill: (row) => (strength(row) ? color.paid : "var(--faint)"), fillOpacity: (row) => Math.min(1, strength(row)) || 1, rx: 1.5}),
      Plot.tip(rows, Plot.pointer({x, y, title, ...FRAME})),
    ],
  });
}
