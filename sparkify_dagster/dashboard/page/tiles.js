"use strict";
// The key figures of the last month chosen, against the month before.

const monthly = (key) => (month) => tables.monthly_users.find((row) => row.log_month === month)?.[key];
const ratio = (rows, key, per) => (sum(rows, per) ? sum(rows, key) / sum(rows, per) : undefined);
const conversionRate = (month) => tables.monthly_levels.find((row) => row.log_month === month && row.level === "free")?.changed_share;

// `days` counts from the days of a month that a filter keeps, so that running months can be
// compared day by day; `month` counts whole months only. `byLevel`: the level filter applies.
const TILES = [
  {id: "plays", title: "Songs played", say: count, define: "daily_plays.plays", byLevel: true, days: (keep) => sum(ofLevel(tables.daily_plays).filter(keep), "plays")},
  {id: "active", title: "Active users", say: count, define: "monthly_users.active_users", month: monthly("active_users")},
  {id: "daily", title: "Active users a day", say: oneDigit, define: "daily_users.active_users", days: (keep) => d3.mean(tables.daily_users.filter(keep), (row) => row.active_users)},
  {id: "new", title: "New users", say: count, define: "daily_users.new_users", days: (keep) => sum(tables.daily_users.filter(keep), "new_users")},
  {id: "paid", title: "Users on paid", say: count, define: "monthly_users.paid_users", month: monthly("paid_users")},
  {id: "conversion", title: "Conversion rate", say: percent, points: true, define: "monthly_levels.changed_share", month: conversionRate},
  {id: "per-session", title: "Plays a session", say: oneDigit, define: "sessions.plays_per_session", days: (keep) => ratio(tables.sessions.filter(keep), "plays", "sessions")},
  {id: "linked", title: "Plays in the catalogue", say: percent, points: true, define: "totals.linked_plays", byLevel: true, days: (keep) => ratio(ofLevel(tables.daily_plays).filter(keep), "linked_plays", "plays")},
];

// What is counted of a month: all of it, or what the log has of it so far.
function spanOf(month) {
  const day = month === monthOf(lastDay) ? lastDay : endOf(month);
  return {month, day, running: isRunning(month), partly: day < endOf(month)};
}

const upTo = (month, day) => (row) => monthOf(row.day) === month && row.day.slice(8) <= day.slice(8);
const tileValue = (tile, month, until = endOf(month)) => (tile.days ? tile.days(upTo(month, until)) : tile.month(month));

function spanName({month, day, running, partly}) {
  if (!partly) return monthName(month);
  return `${monthName(month)}, ${running ? "so far, " : ""}up to the ${Number(day.slice(8))}.`;
}

function tileOf(tile) {
  const span = spanOf(monthOf(state.to));
  const value = tileValue(tile, span.month);
  const series = allMonths.filter(touched).map((month) => tileValue(tile, month) ?? 0);
  const level = state.level !== "all" && tile.byLevel ? `${state.level} level` : "all levels";
  return element("article", {className: "tile", id: `tile-${tile.id}`},
    element("header", {}, element("h3", {textContent: tile.title}), aboutTile(tile)),
    element("p", {className: "value", textContent: value === undefined ? "–" : tile.say.format(value)}),
    element("p", {className: "span", textContent: `${spanName(span)}${span.partly ? "" : ","} ${level}`}),
    comparison(tile, value, span),
    ...(series.length > 1 ? [sparkline(series)] : []));
}

function aboutTile(tile) {
  return element("details", {className: "definition"},
    element("summary", {textContent: "?", ariaLabel: `Definition of ${tile.title}`}),
    element("p", {textContent: definitionOf(tile.define)}));
}

// A running month is compared with the same days of the one before, or not at all.
function comparison(tile, value, span) {
  const made = element("p", {className: "against"});
  const earlier = addMonths(span.month, -1);
  const comparable = allMonths.includes(earlier) && (!span.running || tile.days);
  const before = comparable ? tileValue(tile, earlier, span.running ? span.day : endOf(earlier)) : undefined;
  if (before === undefined || value === undefined || (!tile.points && !before)) {
    made.textContent = allMonths.includes(earlier) ? "" : "first month shown";
    return made;
  }
  const change = tile.points ? value - before : value / before - 1;
  const direction = Math.abs(change) < 0.0005 ? "" : change > 0 ? "up" : "down";
  const amount = tile.points ? `${oneDigit.format(Math.abs(change) * 100)} points` : percent.format(Math.abs(change));
  made.append(element("span", {className: direction, textContent: `${{up: "▲ ", down: "▼ "}[direction] ?? "± "}${amount}`}));
  made.append(` vs ${span.running ? "the same days of " : ""}${monthName(earlier)}`);
  return made;
}

const csvOfTiles = () => csvOf(["Month", ...TILES.map(({title}) => title)],
  allMonths.filter(touched).map((month) => [month, ...TILES.map((tile) => tileValue(tile, month))]));

function drawTiles() {
  document.getElementById("tiles").replaceChildren(...TILES.map(tileOf));
}
