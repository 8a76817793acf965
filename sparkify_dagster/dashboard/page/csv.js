"use strict";
// What a chart shows as a CSV file, with unrounded values.

// A spreadsheet takes text that begins with one of these for a formula: an apostrophe stops that.
const FORMULA = /^[=+\-@\t\r\n]/;

function csvCell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const csvOf = (names, rows) => [names, ...rows].map((row) => `${row.map(csvCell).join(",")}\r\n`).join("");

// The columns that have a value of their own; a trend has one for each month.
function csvOfChart(chart) {
  const columns = chart.columns.filter(({kind}) => kind === "number" || kind === "text");
  const months = chart.columns.some(({kind}) => kind === "trend") ? allMonths.filter(touched) : [];
  const rows = chart.rows().map((row) => [...columns.map(({key}) => row[key]), ...months.map((_, i) => row.trend[i])]);
  return csvOf([...columns.map(({name}) => name), ...months], rows);
}

// The mark at the start lets spreadsheets read the file as UTF-8.
function download(name, text) {
  const link = element("a", {href: URL.createObjectURL(new Blob(["\ufeff", text], {type: "text/csv"})), download: `${name}.csv`});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const csvButton = (title, name, text) => element("button", {
  type: "button", className: "quiet csv", textContent: "CSV", ariaLabel: `Download ${title} as CSV`, onclick: () => download(name, text()),
});
