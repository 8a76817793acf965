"use strict";
// Cards: a chart or list each, with what it says of itself and its table. Text goes in as text, never as HTML.

function element(tag, properties = {}, ...children) {
  const {dataset, style, ...rest} = properties;
  const made = Object.assign(document.createElement(tag), rest);
  Object.assign(made.dataset, dataset);
  for (const [name, value] of Object.entries(style ?? {})) made.style.setProperty(name, value);
  made.append(...children);
  return made;
}

const picked = new Map();

function cardOf(chart) {
  const plotBox = element("div", {className: "plot"});
  const note = element("p", {className: "note"});
  const legend = element("ul", {className: "legend"});
  const head = element("header", {}, element("div", {}, element("h3", {textContent: chart.title, id: `title-${chart.id}`}), note));
  const card = element("figure", {className: `card ${chart.size}${chart.list ? " list" : ""}`, id: chart.id}, head, legend, plotBox);
  card.setAttribute("aria-labelledby", `title-${chart.id}`);
  if (chart.pick) head.append(picker(chart));
  if (!chart.list) card.append(tableBeneath(chart));
  return card;
}

function picker(chart) {
  const options = chart.pick();
  picked.set(chart.id, options[0]?.[0]);
  const select = element("select", {ariaLabel: "Song", hidden: !options.length}, ...options.map(([value, name]) => new Option(name, value)));
  select.addEventListener("change", () => { picked.set(chart.id, select.value); drawChart(chart); });
  return select;
}

function tableBeneath(chart) {
  const made = element("details", {}, element("summary", {textContent: "Show as table"}));
  made.addEventListener("toggle", () => fillTable(chart, made));
  return made;
}

function fillTable(chart, details) {
  details.querySelector(".scroll")?.remove();
  if (details.open) details.append(tableOf(chart.columns, chart.rows(), chart.title));
}

function tableOf(columns, rows, title) {
  const most = Object.fromEntries(columns.map(({key}) => [key, d3.max(rows, (row) => row[key]) || 1]));
  const head = element("tr", {}, ...columns.map(({name, kind}) => element("th", {scope: "col", className: kind, textContent: name})));
  const body = rows.map((row) => element("tr", {}, ...columns.map((column) => cellOf(column, row[column.key], most))));
  const table = element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
  table.setAttribute("aria-label", title);
  return element("div", {className: "scroll", tabIndex: 0}, table);
}

function cellOf({key, kind, say}, value, most) {
  if (kind === "bar") {
    const bar = element("span", {style: {"--share": `${(100 * value) / most[key]}%`}});
    return element("td", {className: "bar", ariaHidden: "true"}, bar);
  }
  if (kind === "known") {
    const tag = value ? {className: "tag", textContent: "in catalogue"} : {className: "tag win", textContent: "to win"};
    return element("td", {}, element("span", tag));
  }
  if (kind === "text") {
    return element("td", {className: kind, title: value ?? ""}, element("span", {textContent: value ?? "–"}));
  }
  return element("td", {className: kind, textContent: say.format(value)});
}

function drawChart(chart) {
  const card = document.getElementById(chart.id);
  const box = card.querySelector(".plot");
  const rows = chart.rows(picked.get(chart.id));
  card.querySelector(".note").textContent = chart.note();
  const legend = chart.legend?.() ?? [];
  card.querySelector(".legend").replaceChildren(...legend.map(({name, fill}) => element("li", {textContent: name, style: {"--swatch": fill}})));
  card.querySelector(".legend").hidden = !legend.length;
  if (!rows.length) {
    box.replaceChildren(element("p", {className: "nothing", textContent: "Nothing to show for this choice."}));
  } else if (chart.list) {
    box.replaceChildren(...listOf(chart, rows));
  } else {
    const svg = chart.draw(rows, Math.max(220, box.clientWidth));
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `${chart.title}. ${chart.note()} Its table beneath shows the figures.`);
    box.replaceChildren(svg);
  }
  const details = card.querySelector("details");
  if (details) fillTable(chart, details);
}

function listOf(chart, rows) {
  const made = [tableOf(chart.columns, rows.slice(0, chart.shown), chart.title)];
  if (rows.length > chart.shown) {
    const more = element("button", {type: "button", className: "quiet", textContent: `Show all ${rows.length}`});
    more.addEventListener("click", () => {
      more.previousElementSibling.replaceWith(tableOf(chart.columns, rows, chart.title));
      more.remove();
    });
    made.push(more);
  }
  return made;
}
