"use strict";
// What is chosen: the range of days, the level and so on. It is kept in the address, after the #, as
// #section?from=2018-11-05&level=paid, so that a reload keeps it and a link leads to it.

const KINDS = {all: "All", known: "In the catalogue", unknown: "Not in the catalogue", spelling: "Probable spelling"};
const ZONES = {0: "UTC", "-5": "UTC−5, US Eastern", "-6": "UTC−6, US Central", "-7": "UTC−7, US Mountain", "-8": "UTC−8, US Pacific", "-9": "UTC−9, Alaska", "-10": "UTC−10, Hawaii"};
const DEFAULTS = {from: firstDay, to: lastDay, level: "all", theme: "", zone: "0", find: "", kind: "all", song: "", user: ""};
const state = {...DEFAULTS};

const isDay = (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(toDate(text).getTime()) && text >= firstDay && text <= lastDay;
const VALID = {
  from: isDay, to: isDay,
  level: (text) => ["all", "paid", "free"].includes(text),
  theme: (text) => ["light", "dark"].includes(text),
  zone: (text) => text in ZONES,
  kind: (text) => text in KINDS,
};

// Takes what is valid of the address; returns the section that it names.
function readAddress() {
  const [section, query = ""] = location.hash.slice(1).split("?");
  const given = new URLSearchParams(query);
  for (const key of Object.keys(DEFAULTS)) {
    const text = given.get(key);
    state[key] = text !== null && (VALID[key]?.(text) ?? true) ? text.slice(0, 200) : DEFAULTS[key];
  }
  if (state.from > state.to) [state.from, state.to] = [state.to, state.from];
  return section;
}

function addressOf(section) {
  const chosen = Object.entries(state).filter(([key, value]) => value !== DEFAULTS[key]);
  const query = new URLSearchParams(chosen).toString();
  return `#${section}${query ? `?${query}` : ""}`;
}

function writeAddress() {
  const section = location.hash.slice(1).split("?")[0];
  history.replaceState(null, "", addressOf(section));
  for (const link of document.querySelectorAll("#sections a")) link.href = addressOf(link.dataset.section);
}

const within = (day) => day >= state.from && day <= state.to;
const touched = (month) => month >= monthOf(state.from) && month <= monthOf(state.to);
const ofDays = (rows) => rows.filter((row) => within(row.day));
const ofMonths = (rows) => rows.filter((row) => touched(row.log_month));
const ofLevel = (rows) => rows.filter((row) => state.level === "all" || row.level === state.level);
const wholeMonths = () => state.from === `${monthOf(state.from)}-01` && (state.to === endOf(monthOf(state.to)) || state.to === lastDay);
const rangeName = () => (state.from === state.to ? dayName(state.from) : `${dayName(state.from)} to ${dayName(state.to)}`);
const daysChosen = () => d3.utcDay.count(toDate(state.from), toDate(state.to)) + 1;

// How the filters act on a chart is said in its note.
const levelNote = () => (state.level === "all" ? "" : ` Level: ${state.level}.`);
const allLevelsNote = () => (state.level === "all" ? "" : " All levels.");
const monthsNote = () => (wholeMonths() ? "" : " Whole months.");

// Of sessions, plays and paid plays are known: those of the level chosen.
function playsOf(row) {
  if (state.level === "paid") return row.paid_plays;
  return state.level === "free" ? row.plays - row.paid_plays : row.plays;
}
