"use strict";
// Cards: each holds a chart or list, with its note, its table, its definitions and its CSV.

function cardOf(chart) {
  const note = element("p", {className: "note"});
  const titles = element("div", {}, element("h3", {textContent: chart.title, id: `title-${chart.id}`}), note);
  const controls = chart.controls?.() ?? [];
  const card = element("figure", {className: `card ${chart.size}${chart.list ? " list" : ""}`, id: chart.id},
    element("header", {}, titles, ...controls),
    element("p", {className: "warning", hidden: true}), element("ul", {className: "legend"}), element("div", {className: "plot"}), moreOf(chart));
  card.setAttribute("aria-labelledby", `title-${chart.id}`);
  return card;
}

function moreOf(chart) {
  const box = element("div", {className: "more"});
  if (chart.draw) box.append(tableBeneath(chart));
  box.append(aboutOf(chart), csvButton(chart.title, `sparkify-${chart.id}`, () => csvOfChart(chart)));
  return box;
}

function tableBeneath(chart) {
  const made = element("details", {className: "table"}, element("summary", {textContent: "Table", ariaLabel: `Table of ${chart.title}`}));
  made.addEventListener("toggle", () => fillTable(chart, made));
  return made;
}

function fillTable(chart, details) {
  details.querySelector(".scroll")?.remove();
  if (details.open) details.append(tableOf(chart.columns, chart.rows(), chart.title));
}

// What the query and each measure mean, and the query itself: filled when it is opened.
function aboutOf(chart) {
  const made = element("details", {className: "about"}, element("summary", {textContent: "Definitions", ariaLabel: `Definitions of ${chart.title}`}));
  made.addEventListener("toggle", () => {
    if (made.children.length > 1) return;
    const query = source.queries[chart.query];
    const measures = definitionsOf(chart).flatMap(([name, text]) => [element("dt", {textContent: name}), element("dd", {textContent: text})]);
    made.append(element("p", {textContent: query.description}), element("dl", {}, ...measures),
      element("p", {textContent: `The query (sql/dashboard/${chart.query}.sql):`}),
      element("pre", {textContent: query.sql, tabIndex: 0, attributes: {role: "region", "aria-label": `SQL of ${chart.title}`}}));
  });
  return made;
}

// [name, definition] of each column of a chart.
function definitionsOf(chart) {
  return chart.columns.filter(({kind}) => kind === "number" || kind === "text")
    .map(({key, name, define}) => [name, definitionOf(define ?? `${chart.query}.${key}`)]);
}

function drawChart(chart) {
  const card = document.getElementById(chart.id);
  const [box, legend, warning] = [".plot", ".legend", ".warning"].map((part) => card.querySelector(part));
  const rows = chart.rows();
  const empty = !rows.length || chart.isEmpty?.(rows);
  const marks = empty ? [] : chart.legend?.() ?? [];
  const said = chart.warning?.() ?? "";
  card.querySelector(".note").textContent = chart.note();
  warning.textContent = said;
  warning.hidden = !said;
  legend.replaceChildren(...marks.map(({name, fill}) => element("li", {textContent: name, style: {"--swatch": fill}})));
  legend.hidden = !marks.length;
  box.replaceChildren(...(empty ? [nothingIn(chart)] : drawn(chart, rows, box)));
  const details = card.querySelector("details.table");
  if (details) fillTable(chart, details);
}

const nothingIn = (chart) => element("p", {className: "nothing", textContent: chart.nothing && chart.rows().length === 0 ? chart.nothing : "Nothing to show for this choice."});

function drawn(chart, rows, box) {
  if (chart.list) return listOf(chart, rows);
  if (chart.html) return [chart.html(rows)];
  const svg = chart.draw(rows, Math.max(220, box.clientWidth));
  // The drawing is one image with one description: its parts have no role that could be named.
  for (const part of svg.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${chart.title}. ${chart.note()} The table beneath has the figures.`);
  return [svg];
}

function listOf(chart, rows) {
  const made = [tableOf(chart.columns, rows.slice(0, chart.shown ?? rows.length), chart.title)];
  if (rows.length > chart.shown) {
    const more = element("button", {type: "button", className: "quiet all", textContent: `Show all ${rows.length}`, ariaLabel: `Show all ${rows.length} rows of ${chart.title}`});
    more.addEventListener("click", () => {
      const all = tableOf(chart.columns, rows, chart.title);
      more.previousElementSibling.replaceWith(all);
      more.remove();
      all.focus();
    });
    made.push(more);
  }
  return made;
}
