"use strict";
// The page itself: sections, filters, light and dark.

function drawAll() {
  drawKpis();
  CHARTS.forEach(drawChart);
}

function buildFilters() {
  for (const end of ["from", "to"]) {
    const select = document.getElementById(end);
    select.append(...source.months.map((month) => new Option(sayMonth(month), month)));
    select.value = state[end];
    select.addEventListener("change", () => chooseMonths(end, select.value));
  }
  const levels = document.getElementById("level");
  for (const level of ["all", "paid", "free"]) {
    const button = element("button", {type: "button", textContent: level[0].toUpperCase() + level.slice(1), dataset: {level}});
    button.setAttribute("role", "radio");
    button.addEventListener("click", () => { state.level = level; markLevel(); drawAll(); });
    levels.append(button);
  }
  levels.addEventListener("keydown", moveLevel);
  markLevel();
}

// As a radio group is moved through: one stop of the Tab key, arrows within.
function moveLevel(event) {
  const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
  if (!step) return;
  event.preventDefault();
  const buttons = [...event.currentTarget.children];
  const next = buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length];
  next.click();
  next.focus();
}

function markLevel() {
  for (const button of document.getElementById("level").children) {
    const chosen = button.dataset.level === state.level;
    button.setAttribute("aria-checked", chosen);
    button.tabIndex = chosen ? 0 : -1;
  }
}

// The other end follows where the range would be empty.
function chooseMonths(end, month) {
  state[end] = month;
  if (state.from > state.to) state[end === "from" ? "to" : "from"] = month;
  for (const other of ["from", "to"]) document.getElementById(other).value = state[other];
  drawAll();
}

function buildTheme() {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const dark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const say = () => { button.textContent = dark() ? "☀ Light" : "☾ Dark"; };
  button.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; say(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", say);
  say();
}

function buildPage() {
  document.getElementById("sections").append(...SECTIONS.map(({id, title}) => element("a", {href: `#${id}`, textContent: title})));
  document.getElementById("charts").append(...SECTIONS.map(({id, title, lead}) =>
    element("section", {className: "section", id},
      element("h2", {textContent: title}), element("p", {textContent: lead}),
      element("div", {className: "grid"}, ...CHARTS.filter((chart) => chart.section === id).map(cardOf)))));
}

function sayProvenance() {
  const moment = (text) => `${dayName.format(new Date(text))}, ${text.slice(11, 16)} UTC`;
  const box = document.getElementById("provenance");
  const share = source.plays ? percent.format(source.linked_plays / source.plays) : "no";
  box.append("Data up to ", element("b", {textContent: source.last_event ? moment(source.last_event) : "no event yet"}),
    ` · built ${moment(source.built_at)} · `, element("b", {textContent: share}), ` of ${count.format(source.plays)} plays linked to the catalogue`);
}

function redrawOnResize() {
  let [width, timer] = [document.body.clientWidth, 0];
  addEventListener("resize", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (width !== document.body.clientWidth) { width = document.body.clientWidth; drawAll(); }
    }, 120);
  });
}

buildTheme();
sayProvenance();
if (source.months.length) {
  buildFilters();
  buildPage();
  drawAll();
  redrawOnResize();
} else {
  document.getElementById("empty").hidden = false;
  document.querySelector(".toolbar").hidden = true;
  document.getElementById("kpis").hidden = true;
}
document.documentElement.dataset.drawn = "true";
