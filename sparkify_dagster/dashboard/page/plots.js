"use strict";
// How charts are plotted, whatever they show. Colours are the page's, so light and dark need no redraw.

const color = {paid: "var(--paid)", free: "var(--free)", unknown: "var(--third)", third: "var(--third)", bad: "var(--bad)", all: "var(--ink)"};
// What follows the pointer repeats the table beneath the chart: readers of the screen skip it.
const FRAME = {fill: "var(--surface)", stroke: "var(--line)", textPadding: 9, ariaHidden: "true"};
const grow = {tickFormat: (value) => short.format(Math.abs(value)), nice: true, ticks: 4, zero: true};
const shares = {tickFormat: "%", ticks: 4, zero: true, nice: true};
const dateOf = (row) => toDate(row.day ?? row.log_month ?? row.cohort_week);
const zeroLine = () => Plot.ruleY([0], {stroke: "var(--muted)", strokeOpacity: 0.6});

function plot(width, options) {
  return Plot.plot({
    width, height: 240, marginLeft: 46, marginRight: 14, marginBottom: options.x?.label ? 38 : 28,
    style: {fontSize: "11.5px", background: "none"},
    ...options,
    x: {label: null, tickSize: 4, labelAnchor: "center", labelArrow: "none", ...options.x},
    y: {label: null, grid: true, tickSize: 0, labelArrow: "none", ...options.y},
  });
}

// Few days are named one by one or by week; for more, the library finds its ticks.
function dayAxis(rows) {
  if (rows.length > 62) return {type: "utc", ticks: 6};
  return {type: "utc", ticks: rows.length > 14 ? "week" : "day", tickFormat: "%-d %b"};
}

// As many months are named as have room.
function monthAxis(months, width) {
  const step = Math.max(1, Math.ceil(months.length / Math.max(2, Math.floor(width / 64))));
  return {
    type: "band", padding: months.length > 3 ? 0.25 : 0.6, domain: months,
    tickFormat: (month, i) => (i % step ? "" : d3.utcFormat("%b ’%y")(toDate(month))),
  };
}

const lines = (title, series, row, say = count) => [title, ...series.map(({key, name}) => `${name}: ${row[key] === null ? "–" : say.format(row[key])}`)].join("\n");

// A series marked `below` hangs from zero.
function stackedMonths(rows, width, series) {
  const long = rows.flatMap((row) => series.map(({key, fill, below}) =>
    ({log_month: row.log_month, fill, value: below ? -row[key] : row[key]})));
  return plot(width, {
    x: monthAxis(rows.map((row) => row.log_month), width), y: {...grow, label: "Users"},
    marks: [
      Plot.barY(long, {x: "log_month", y: "value", fill: "fill", rx: 2}), zeroLine(),
      Plot.tip(rows, Plot.pointerX({x: "log_month", y: () => 0, ...FRAME, title: (row) => lines(monthName(row.log_month), series, row)})),
    ],
  });
}

// One line for each level, of a share by month.
function shareByMonth(rows, width, key, said) {
  const known = rows.filter((row) => row[key] !== null);
  const months = [...new Set(known.map((row) => row.log_month))];
  return plot(width, {
    height: 220, x: {...monthAxis(months, width), type: "point", padding: 0.5}, y: {...shares, label: said},
    marks: [
      zeroLine(),
      Plot.lineY(known, {x: "log_month", y: key, z: "level", stroke: (row) => color[row.level], strokeWidth: 1.8}),
      Plot.dot(known, {x: "log_month", y: key, fill: (row) => color[row.level], r: 3}),
      ...(months.length <= 6 ? [true, false].map((above) => Plot.text(
        known.filter((row) => above === (row[key] === d3.max(known.filter((other) => other.log_month === row.log_month), (other) => other[key]))),
        {x: "log_month", y: key, text: (row) => percent.format(row[key]), dy: above ? -10 : 12, fill: "currentColor"},
      )) : []),
      Plot.tip(known, Plot.pointer({x: "log_month", y: key, ...FRAME, title: (row) => `${monthName(row.log_month)}, ${row.level}\n${percent.format(row[key])} of ${count.format(row.users)} users`})),
    ],
  });
}

// One tip a day that names all series.
function dayTip(rows, y, series) {
  return [
    Plot.ruleX(rows, Plot.pointerX({x: dateOf, stroke: "var(--muted)", strokeOpacity: 0.5, ariaHidden: "true"})),
    Plot.tip(rows, Plot.pointerX({x: dateOf, y, ...FRAME, title: (row) => lines(dayName(row.day), series, row)})),
  ];
}

function dayLines(rows, width, series, tipped) {
  return plot(width, {
    height: 260, x: dayAxis(rows), y: {...grow, label: "Users"},
    marks: [
      zeroLine(),
      ...series.map(({key, fill}) => Plot.lineY(rows, {x: dateOf, y: key, stroke: fill, strokeWidth: 1.7, marker: rows.length < 3 ? "dot" : null})),
      ...dayTip(rows, series[0].key, tipped),
    ],
  });
}

// `strength` is 0 to 1.
function heat(rows, width, {x, y, strength, xAxis, yAxis, height, title}) {
  return plot(width, {
    height, marginLeft: 44, marginTop: 4,
    x: {type: "band", padding: 0.06, ...xAxis}, y: {type: "band", grid: false, padding: 0.06, ...yAxis},
    marks: [
      Plot.cell(rows, {x, y, fill: (row) => (strength(row) ? color.paid : "var(--faint)"), fillOpacity: (row) => strength(row) || 1, rx: 1.5}),
      Plot.tip(rows, Plot.pointer({x, y, title, ...FRAME})),
    ],
  });
}
