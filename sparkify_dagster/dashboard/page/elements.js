"use strict";
// Elements, tables and small drawings in HTML. Text goes in as text, never as HTML.

function element(tag, properties = {}, ...children) {
  const {dataset, style, attributes, ...rest} = properties;
  const made = Object.assign(document.createElement(tag), rest);
  Object.assign(made.dataset, dataset);
  for (const [name, value] of Object.entries(style ?? {})) made.style.setProperty(name, value);
  for (const [name, value] of Object.entries(attributes ?? {})) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// A column of a table: `define` names its definition where that is not the query's column `key`.
const column = (key, name, say = count, more = {}) => ({key, name, kind: "number", say, ...more});
const textColumn = (key, name, more = {}) => ({key, name, kind: "text", ...more});
const barColumn = (key, fill = "var(--paid)") => ({key, kind: "bar", fill});
const trendColumn = () => ({key: "trend", kind: "trend", name: "By month"});
const tagColumn = (name, tag) => ({kind: "tagged", name, tag});
const isShown = (key) => (col) => col.key === key;

function tableOf(columns, rows, title) {
  const most = Object.fromEntries(columns.map(({key}) => [key, d3.max(rows, (row) => row[key]) || 1]));
  const head = element("tr", {}, ...columns.map(headOf));
  const body = rows.map((row) => element("tr", {}, ...columns.map((col) => cellOf(col, row, most))));
  const table = element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
  table.setAttribute("aria-label", title);
  return element("div", {className: "scroll", tabIndex: 0, role: "region", ariaLabel: title}, table);
}

// A bar repeats a number for the eye: readers of the screen skip it.
function headOf({name, kind}) {
  return kind === "bar" ? element("td", {className: kind, ariaHidden: "true"}) : element("th", {scope: "col", className: kind, textContent: name});
}

function cellOf({key, kind, say, fill, tag}, row, most) {
  const value = row[key];
  if (kind === "bar") {
    const bar = element("span", {style: {"--share": `${(100 * value) / most[key]}%`, "--fill": fill}});
    return element("td", {className: "bar", ariaHidden: "true"}, bar);
  }
  if (kind === "trend") return element("td", {className: "trend"}, sparkline(value, value.map((v) => count.format(v)).join(", ")));
  if (kind === "tagged") return element("td", {className: kind}, element("span", tag(row)));
  if (kind === "text") return element("td", {className: kind, title: String(value ?? "")}, element("span", {textContent: value ?? "–"}));
  return element("td", {className: kind, textContent: value === null || value === undefined ? "–" : say.format(value)});
}

// A line that starts from zero; `said` is its text, without which it only repeats numbers.
function sparkline(values, said) {
  if (values.length < 2) return element("span", {textContent: said ?? ""});
  const x = d3.scaleLinear([0, values.length - 1], [0, 100]);
  const y = d3.scaleLinear([0, d3.max(values) || 1], [30, 2]);
  const svg = d3.create("svg").attr("viewBox", "0 0 100 30").attr("preserveAspectRatio", "none");
  if (said) svg.attr("role", "img").attr("aria-label", said);
  else svg.attr("aria-hidden", "true");
  svg.append("path").attr("class", "area").attr("d", d3.area((_, i) => x(i), 30, (v) => y(v))(values));
  svg.append("path").attr("class", "line").attr("d", d3.line((_, i) => x(i), (v) => y(v))(values));
  return svg.node();
}

// Cohorts below one another, a column for each week; the shade repeats the figure.
function cohortTable(rows) {
  const groups = [...d3.group(rows, (row) => row.cohort_week)].slice(-COHORTS_SHOWN);
  const later = Math.min(COHORTS_SHOWN, d3.max(groups, ([, group]) => group.length - 1));
  const most = d3.max(groups, ([, group]) => d3.max(group, (row) => (row.weeks_later ? row.share : 0))) || 1;
  const weeks = d3.range(later + 1);
  const lastWeek = toDay(d3.utcMonday.floor(toDate(lastDay)));
  const top = element("tr", {}, element("th", {scope: "col", rowSpan: 2, textContent: "First week, from Monday"}),
    element("th", {scope: "col", rowSpan: 2, className: "number", textContent: "Users"}),
    element("th", {scope: "colgroup", colSpan: weeks.length, className: "group", textContent: "Weeks after the first: share of the users active again"}));
  const head = element("tr", {}, ...weeks.map((week) => element("th", {scope: "col", className: "week", textContent: week})));
  const body = groups.map(([week, group]) => element("tr", {},
    element("th", {scope: "row", textContent: dayName(week)}),
    element("td", {className: "number", textContent: count.format(group[0].cohort_users)}),
    ...group.slice(0, later + 1).map((row) => {
      const running = addDays(week, 7 * row.weeks_later) === lastWeek && row.weeks_later > 0;
      return element("td", {
        className: "week", textContent: wholePercent.format(row.share) + (running ? "*" : ""),
        title: `${count.format(row.retained_users)} of ${count.format(row.cohort_users)} users, ${row.weeks_later} weeks later`,
        style: {"--strength": `${Math.round(42 * Math.min(1, row.share / most))}%`},
      });
    })));
  const table = element("table", {className: "cohorts"}, element("thead", {}, top, head), element("tbody", {}, ...body));
  table.setAttribute("aria-label", "Retention by weekly cohort");
  return element("div", {className: "scroll", tabIndex: 0, role: "region", ariaLabel: "Retention by weekly cohort"}, table);
}
