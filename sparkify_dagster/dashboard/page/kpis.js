"use strict";
// The key figures of the last month chosen, against the month before.

// Each tells a month's value; `partial` tells it of the first days of a month, where that can be.
const dailyPlaysOf = (keep) => ofLevel(tables.daily_plays).filter(keep);
const monthly = (key) => (month) => tables.monthly_users.find((row) => row.log_month === month)?.[key];
const sessionsOf = (key, per) => (month) => {
  const row = tables.sessions.find((row) => row.log_month === month);
  return row && row[per] ? row[key] / row[per] : undefined;
};
const minutes = {format: (seconds) => `${Math.round(seconds / 60)} min`};
const oneDigit = new Intl.NumberFormat("en-GB", {maximumFractionDigits: 1, minimumFractionDigits: 1});

function meanActive(keep) {
  const rows = tables.daily_users.filter(keep);
  return rows.length ? sum(rows, "active_users") / rows.length : undefined;
}

function shareLinked(keep) {
  const rows = dailyPlaysOf(keep);
  const plays = sum(rows, "plays");
  return plays ? sum(rows, "linked_plays") / plays : undefined;
}

const KPIS = [
  {id: "plays", title: "Songs played", say: count, partial: (keep) => sum(dailyPlaysOf(keep), "plays")},
  {id: "active", title: "Active users", say: count, month: monthly("active_users")},
  {id: "daily", title: "Active users a day", say: count, round: true, partial: meanActive},
  {id: "new", title: "New users", say: count, partial: (keep) => sum(tables.daily_users.filter(keep), "new_users")},
  {id: "paid", title: "Users on paid", say: count, month: monthly("paid_users")},
  {id: "per-session", title: "Plays a session", say: oneDigit, month: sessionsOf("plays", "sessions")},
  {id: "session", title: "Average session", say: minutes, month: sessionsOf("seconds", "sessions")},
  {id: "linked", title: "Plays in the catalogue", say: percent, points: true, partial: shareLinked},
];

function kpiValue(kpi, month, until) {
  const value = kpi.partial ? kpi.partial(upTo(month, until)) : kpi.month(month);
  return kpi.round && value !== undefined ? Math.round(value) : value;
}

function kpiCard(kpi) {
  const month = state.to;
  const last = lastDayOf(month);
  const value = kpiValue(kpi, month, last.day);
  const months = source.months.filter(within);
  const series = months.map((m) => kpiValue(kpi, m, lastDayOf(m).day) ?? 0);
  return element("article", {className: "kpi", id: `kpi-${kpi.id}`},
    element("h3", {textContent: kpi.title}),
    element("p", {className: "value", textContent: value === undefined ? "–" : kpi.say.format(value)}),
    against(kpi, value, month, last),
    ...(series.length > 1 ? [sparkline(series)] : []));
}

// A month that still runs is compared with the same days of the one before, or not at all.
function against(kpi, value, month, last) {
  const made = element("p", {className: "against"});
  const earlier = previousMonth(month);
  const known = source.months.includes(earlier);
  const before = known && (last.over || kpi.partial)
    ? kpiValue(kpi, earlier, last.over ? lastDayOf(earlier).day : last.day) : undefined;
  if (before === undefined || value === undefined || (!kpi.points && !before)) {
    made.textContent = last.over ? (known ? "" : "the log’s first month") : "so far; the month is not over";
    return made;
  }
  const change = kpi.points ? value - before : value / before - 1;
  const sign = Math.abs(change) < 0.0005 ? "" : change > 0 ? "up" : "down";
  const amount = kpi.points ? `${oneDigit.format(Math.abs(change) * 100)} points` : percent.format(Math.abs(change));
  made.append(element("span", {className: sign, textContent: `${{up: "▲ ", down: "▼ "}[sign] ?? "± "}${amount}`}));
  made.append(last.over ? ` vs ${sayMonth(earlier)}` : ` vs the same days of ${sayMonth(earlier)}`);
  return made;
}

function sparkline(values) {
  const x = d3.scaleLinear([0, values.length - 1], [0, 100]);
  const [least, most] = d3.extent(values);  // the shape is shown, not the height
  const y = d3.scaleLinear([least - (most - least) * 0.4, most || 1], [30, 2]);
  const svg = d3.create("svg").attr("viewBox", "0 0 100 30").attr("preserveAspectRatio", "none").attr("aria-hidden", "true");
  svg.append("path").attr("class", "area").attr("d", d3.area((_, i) => x(i), 30, (v) => y(v))(values));
  svg.append("path").attr("class", "line").attr("d", d3.line((_, i) => x(i), (v) => y(v))(values));
  return svg.node();
}

function drawKpis() {
  const last = lastDayOf(state.to);
  const said = last.over ? sayMonth(state.to) : `${sayMonth(state.to)} up to the ${Number(last.day.slice(8))}.`;
  const box = document.getElementById("kpis");
  box.setAttribute("aria-label", `Key figures of ${said}`);
  box.replaceChildren(...KPIS.map(kpiCard));
}
