"use strict";
// The page itself: sections, what it says of its data, drawing and redrawing.

function drawAll() {
  drawTiles();
  CHARTS.forEach(drawChart);
  document.getElementById("chosen").textContent = chosenText();
}

// What is chosen, in words: on paper there are no controls.
function chosenText() {
  const words = [rangeName(), state.level === "all" ? "all levels" : `${state.level} level`, `hours in ${ZONES[state.zone].split(",")[0]}`];
  if (state.find) words.push(`search for “${state.find}”`);
  if (state.kind !== "all") words.push(`only ${KINDS[state.kind].toLowerCase()}`);
  return `Shown: ${words.join(", ")}.`;
}

function buildPage() {
  document.getElementById("sections").append(...SECTIONS.map(({id, title}) => element("a", {href: `#${id}`, textContent: title, dataset: {section: id}})));
  document.getElementById("filters").append(periods(), dayField("from", "From"), dayField("to", "to"), levels());
  document.getElementById("tiles-head").append(csvButton("the key figures", "sparkify-key-figures", csvOfTiles));
  document.getElementById("charts").append(...SECTIONS.map(sectionOf));
}

function sectionOf({id, title, lead, filter}) {
  const head = element("div", {className: "section-head"},
    element("div", {}, element("h2", {textContent: title, id: `heading-${id}`}), element("p", {textContent: lead})));
  if (filter) head.append(element("div", {className: "filters", role: "group", ariaLabel: `Filters of ${title}`}, search(filter), kinds()));
  const made = element("section", {className: "section", id}, head, element("div", {className: "grid"}, ...CHARTS.filter((chart) => chart.section === id).map(cardOf)));
  made.setAttribute("aria-labelledby", `heading-${id}`);
  return made;
}

function showProvenance() {
  const moment = (text) => `${dayFormat.format(new Date(text))}, ${text.slice(11, 16)} UTC`;
  const share = source.plays ? percent.format(source.linked_plays / source.plays) : "no";
  document.getElementById("provenance").append("Data up to ", element("b", {textContent: source.last_event ? moment(source.last_event) : "no event yet"}),
    ` · built ${moment(source.built_at)} · `, element("b", {textContent: share}), ` of ${count.format(source.plays)} plays linked to the catalogue`);
}

function goTo(section) {
  if (SECTIONS.some(({id}) => id === section)) document.getElementById(section).scrollIntoView();
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

showProvenance();
if (allMonths.length) {
  const section = readAddress();
  buildPage();
  themeButton();
  linkButton();
  showAll();
  goTo(section);
  redrawOnResize();
  addEventListener("hashchange", () => { goTo(readAddress()); showAll(); });
} else {
  document.getElementById("empty").hidden = false;
  for (const part of document.querySelectorAll(".toolbar, #tiles-head, #tiles, #theme, #link")) part.hidden = true;
}
document.documentElement.dataset.drawn = "true";
