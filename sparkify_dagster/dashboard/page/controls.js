"use strict";
// The controls: what each changes of the state, and how it shows the state.

const showState = [];

function change(values) {
  Object.assign(state, values);
  if (state.from > state.to) [state.from, state.to] = [state.to, state.from];
  showAll();
}

function showAll() {
  writeAddress();
  for (const show of showState) show();
  drawAll();
}

function choice(key, name, options, value = () => state[key]) {
  const select = element("select", {name: key}, ...options.map(([option, text]) => new Option(text, option)));
  select.addEventListener("change", () => change({[key]: select.value}));
  showState.push(() => { select.value = value() ?? ""; });
  return element("label", {className: "control", hidden: !options.length}, `${name} `, select);
}

// A text field that proposes values.
function entry(key, name, id, options) {
  const input = element("input", {name: key, type: "text", size: 10, inputMode: "numeric", attributes: {list: id, autocomplete: "off"}});
  const list = element("datalist", {id}, ...options().map(([value, text]) => new Option(text, value)));
  input.addEventListener("change", () => change({[key]: input.value.trim()}));
  showState.push(() => { input.value = chosenUser() ?? ""; });
  return element("label", {className: "control", hidden: !options().length}, `${name} `, input, list);
}

function search(name) {
  const input = element("input", {name: "find", type: "search", placeholder: "Search"});
  let timer = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => change({find: input.value}), 150);
  });
  showState.push(() => { if (input !== document.activeElement) input.value = state.find; });
  return element("label", {className: "control"}, `${name} `, input);
}

const kinds = () => choice("kind", "Show", Object.entries(KINDS));

function dayField(key, name) {
  const input = element("input", {type: "date", id: key, min: firstDay, max: lastDay, required: true});
  input.addEventListener("change", () => (isDay(input.value) ? change({[key]: input.value}) : showAll()));
  showState.push(() => { input.value = state[key]; });
  return element("label", {className: "control"}, `${name} `, input);
}

// Ranges that end with the log, and each month.
function periods() {
  const last = (days) => [addDays(lastDay, 1 - days) > firstDay ? addDays(lastDay, 1 - days) : firstDay, lastDay];
  const months = allMonths.toReversed().map((month) => [monthName(month), [`${month}-01` > firstDay ? `${month}-01` : firstDay, endOf(month) < lastDay ? endOf(month) : lastDay]]);
  const ranges = [["All days", [firstDay, lastDay]], ...[7, 30, 90, 365].filter((days) => addDays(lastDay, 1 - days) > firstDay).map((days) => [`Last ${days} days`, last(days)]), ...months];
  const select = element("select", {id: "period"}, ...ranges.map(([name, [from, to]]) => new Option(name, `${from}/${to}`)), new Option("Other days", ""));
  select.addEventListener("change", () => {
    const [from, to] = select.value.split("/");
    if (to) change({from, to});
  });
  showState.push(() => { select.value = ""; select.value = `${state.from}/${state.to}`; if (select.selectedIndex < 0) select.value = ""; });
  return element("label", {className: "control"}, "Period ", select);
}

function levels() {
  const group = element("div", {className: "segments", id: "level", role: "radiogroup", ariaLabel: "Level"});
  for (const level of ["all", "paid", "free"]) {
    const button = element("button", {type: "button", role: "radio", textContent: level[0].toUpperCase() + level.slice(1), dataset: {level}});
    button.addEventListener("click", () => change({level}));
    group.append(button);
  }
  group.addEventListener("keydown", moveLevel);
  showState.push(() => {
    for (const button of group.children) {
      const chosen = button.dataset.level === state.level;
      button.setAttribute("aria-checked", chosen);
      button.tabIndex = chosen ? 0 : -1;
    }
  });
  return group;
}

// As in any radio group: one stop of the Tab key, arrows within.
function moveLevel(event) {
  const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
  if (!step) return;
  event.preventDefault();
  const buttons = [...event.currentTarget.children];
  const next = buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length];
  next.click();
  next.focus();
}

function themeButton() {
  const button = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (state.theme || (system.matches ? "dark" : "light")) === "dark";
  const show = () => {
    if (state.theme) document.documentElement.dataset.theme = state.theme;
    else delete document.documentElement.dataset.theme;
    button.textContent = isDark() ? "☀ Light" : "☾ Dark";
  };
  button.addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    state.theme = theme === (system.matches ? "dark" : "light") ? "" : theme;
    writeAddress();
    show();
  });
  system.addEventListener("change", show);
  showState.push(show);
}

function linkButton() {
  const button = document.getElementById("link");
  button.addEventListener("click", async () => {
    writeAddress();
    await navigator.clipboard?.writeText(location.href).then(() => { button.textContent = "Copied"; }, () => { button.textContent = "The link is in the address bar"; });
    setTimeout(() => { button.textContent = "Copy link"; }, 2500);
  });
}
