"use strict";
// The figures as rows of objects, their definitions, and how numbers and dates are written.

const source = JSON.parse(document.getElementById("figures").textContent);
const tables = {};
for (const [name, {columns}] of Object.entries(source.queries)) tables[name] = rowsOf(columns);

function rowsOf(columns) {
  const names = Object.keys(columns);
  const values = names.map((name) => columns[name].values ?? columns[name].at.map((i) => columns[name].words[i]));
  return (values[0] ?? []).map((_, row) => Object.fromEntries(names.map((name, i) => [name, values[i][row]])));
}

// A measure is named as `query.column`.
function definitionOf(measure) {
  const [query, name] = measure.split(".");
  return source.queries[query].definitions[name];
}

const count = new Intl.NumberFormat("en-GB");
const short = new Intl.NumberFormat("en-GB", {notation: "compact", maximumFractionDigits: 1});
const percent = new Intl.NumberFormat("en-GB", {style: "percent", maximumFractionDigits: 1});
const wholePercent = new Intl.NumberFormat("en-GB", {style: "percent", maximumFractionDigits: 0});
const oneDigit = new Intl.NumberFormat("en-GB", {minimumFractionDigits: 1, maximumFractionDigits: 1});
const twoDigits = new Intl.NumberFormat("en-GB", {minimumFractionDigits: 2, maximumFractionDigits: 2});
const monthFormat = new Intl.DateTimeFormat("en-GB", {month: "short", year: "numeric", timeZone: "UTC"});
const dayFormat = new Intl.DateTimeFormat("en-GB", {day: "numeric", month: "short", year: "numeric", timeZone: "UTC"});

const toDate = (text) => new Date(text.length === 7 ? `${text}-01T00:00:00Z` : `${text}T00:00:00Z`);
const toDay = (date) => date.toISOString().slice(0, 10);
const monthName = (month) => monthFormat.format(toDate(month));
const dayName = (day) => dayFormat.format(toDate(day));
const monthOf = (day) => day.slice(0, 7);
const addDays = (day, days) => toDay(d3.utcDay.offset(toDate(day), days));
const addMonths = (month, months) => monthOf(toDay(d3.utcMonth.offset(toDate(month), months)));
const endOf = (month) => addDays(`${addMonths(month, 1)}-01`, -1);
const sum = (rows, key) => rows.reduce((total, row) => total + (row[key] ?? 0), 0);

const firstDay = tables.daily_users[0]?.day;
const lastDay = tables.daily_users.at(-1)?.day;
const allMonths = tables.monthly_users.map((row) => row.log_month);
