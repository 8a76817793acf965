"use strict";
// The figures as rows of objects, and what the filters make of them. Nothing here draws.

const source = JSON.parse(document.getElementById("figures").textContent);
const tables = {};
for (const [name, {columns, rows}] of Object.entries(source.tables)) {
  tables[name] = rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])));
}
const state = {from: source.months[0], to: source.months.at(-1), level: "all"};
const LEVELS = ["paid", "free", "unknown"];

const count = new Intl.NumberFormat("en-GB");
const short = new Intl.NumberFormat("en-GB", {notation: "compact", maximumFractionDigits: 1});
const percent = new Intl.NumberFormat("en-GB", {style: "percent", maximumFractionDigits: 1});
const monthName = new Intl.DateTimeFormat("en-GB", {month: "short", year: "numeric", timeZone: "UTC"});
const dayName = new Intl.DateTimeFormat("en-GB", {day: "numeric", month: "short", year: "numeric", timeZone: "UTC"});

const toDate = (text) => new Date(text.length === 7 ? `${text}-01T00:00:00Z` : `${text}T00:00:00Z`);
const sayMonth = (month) => monthName.format(toDate(month));
const monthOf = (day) => day.slice(0, 7);
const within = (month) => month >= state.from && month <= state.to;
const sum = (rows, key) => rows.reduce((total, row) => total + (row[key] ?? 0), 0);
const ofMonth = (rows) => rows.filter((row) => within(row.log_month));
const ofDay = (rows) => rows.filter((row) => within(monthOf(row.day)));
const ofLevel = (rows) => rows.filter((row) => state.level === "all" || row.level === state.level);
const previousMonth = (month) => shiftMonth(month, -1);

function shiftMonth(month, by) {
  const number = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1 + by;
  return `${Math.floor(number / 12)}-${String((number % 12) + 1).padStart(2, "0")}`;
}

// Sessions know plays and paid plays: those of the level chosen.
function playsOf(row) {
  if (state.level === "paid") return row.paid_plays;
  return state.level === "free" ? row.plays - row.paid_plays : row.plays;
}

// Adds up `value` by `key`, the largest first.
function totals(rows, key, value) {
  const found = d3.rollup(rows, (group) => d3.sum(group, value), key);
  return [...found].map(([name, total]) => ({name, total}))
    .sort((a, b) => d3.descending(a.total, b.total) || d3.ascending(a.name, b.name));
}

// Days on which nobody came have no row: a line through them would lie.
function everyDay(rows, empty) {
  const byDay = new Map(rows.map((row) => [row.day, row]));
  const days = rows.map((row) => row.day);
  if (!days.length) return [];
  return d3.utcDay.range(toDate(days[0]), d3.utcDay.offset(toDate(days.at(-1)), 1)).map((date) => {
    const day = date.toISOString().slice(0, 10);
    return byDay.get(day) ?? {day, ...empty};
  });
}

// The last month may still run: it is told up to its last day, and compared with the same days.
function lastDayOf(month) {
  const data = source.last_event.slice(0, 10);
  const end = d3.utcDay.offset(d3.utcMonth.offset(toDate(month), 1), -1).toISOString().slice(0, 10);
  return monthOf(data) === month && data < end ? {day: data, over: false} : {day: end, over: true};
}

function upTo(month, day) {
  const last = `${month}-${day.slice(8)}`;
  return (row) => monthOf(row.day) === month && row.day <= last;
}
