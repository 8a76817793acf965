"use strict";
// The rows that charts are drawn from: tables and filters. Nothing here draws.

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const LENGTHS = ["under 1 min", "1–10 min", "10–30 min", "30–60 min", "1–2 h", "2–4 h", "over 4 h"];
const LEVELS = ["paid", "free", "unknown"];
const DAYS_TO_CHANGE = [[0, 6, "in the first week"], [7, 29, "1–4 weeks"], [30, 89, "1–3 months"], [90, Infinity, "later"]];
const STREAKS = [[1, 1, "1 day"], [2, 2, "2 days"], [3, 3, "3 days"], [4, 6, "4–6 days"], [7, 13, "1–2 weeks"], [14, Infinity, "2 weeks or more"]];
const COHORTS_SHOWN = 26;

// Adds up `value` by `key`, the largest first.
function totals(rows, key, value) {
  const found = d3.rollup(rows, (group) => d3.sum(group, value), key);
  return [...found].map(([name, total]) => ({name, total})).filter(({total}) => total)
    .sort((a, b) => d3.descending(a.total, b.total) || d3.ascending(a.name, b.name));
}

// Adds up `value` of the rows whose `key` lies in each group.
const grouped = (groups, rows, key, value) => groups.map(([from, until, name]) =>
  ({name, total: sum(rows.filter((row) => row[key] >= from && row[key] <= until), value)}));

// A day on which nobody came has no row: a line through it would be wrong.
function everyDay(rows, empty) {
  if (!rows.length) return [];
  const byDay = new Map(rows.map((row) => [row.day, row]));
  return d3.utcDay.range(toDate(rows[0].day), d3.utcDay.offset(toDate(rows.at(-1).day), 1)).map((date) => {
    const day = toDay(date);
    return byDay.get(day) ?? {day, ...empty};
  });
}

const activeUsers = () => everyDay(ofDays(tables.daily_users), {active_users: 0, new_users: 0, weekly_active: 0, monthly_active: 0, stickiness: 0});
const stickiness = () => ofDays(tables.daily_users).filter((row) => row.stickiness !== null);

const levelsPlayed = () => LEVELS.filter((level) =>
  (state.level === "all" || state.level === level) && tables.daily_plays.some((row) => row.level === level));

function dailyPlays() {
  const byDay = d3.group(ofDays(ofLevel(tables.daily_plays)), (row) => row.day);
  const rows = [...byDay].map(([day, group]) => ({
    day, ...Object.fromEntries(LEVELS.map((level) => [level, sum(group.filter((row) => row.level === level), "plays")])),
  }));
  return everyDay(rows, {paid: 0, free: 0, unknown: 0});
}

// More days than these are too many to distinguish: then the mean of 7 days is drawn.
const isLong = () => daysChosen() > 130;

function meanOfDays(rows, days) {
  return rows.map((row, i) => {
    const some = rows.slice(Math.max(0, i - days + 1), i + 1);
    return {day: row.day, ...Object.fromEntries(LEVELS.map((level) => [level, d3.mean(some, (r) => r[level])]))};
  });
}

// Cohorts of which a day lies in the range, by week and weeks later; a week in which nobody of
// them came is a zero.
function cohorts(level = state.level) {
  const chosen = tables.retention.filter((row) => (level === "all" || row.level === level)
    && row.cohort_week <= state.to && addDays(row.cohort_week, 6) >= state.from);
  const lastWeek = d3.utcMonday.floor(toDate(lastDay));
  return [...d3.group(chosen, (row) => row.cohort_week)].flatMap(([cohort_week, group]) => {
    const cohort_users = sum(group.filter((row) => row.weeks_later === 0), "cohort_users");
    return d3.range(d3.utcMonday.count(toDate(cohort_week), lastWeek) + 1).map((weeks_later) => {
      const retained_users = sum(group.filter((row) => row.weeks_later === weeks_later), "retained_users");
      return {cohort_week, weeks_later, cohort_users, retained_users, share: retained_users / cohort_users};
    });
  });
}

function retentionCurves() {
  const levels = state.level === "all" ? ["all", "paid", "free"] : [state.level];
  return levels.flatMap((level) => [...d3.group(cohorts(level), (row) => row.weeks_later)].map(([weeks_later, group]) => {
    const [cohort_users, retained_users] = [sum(group, "cohort_users"), sum(group, "retained_users")];
    return {level, weeks_later, cohort_users, retained_users, share: retained_users / cohort_users};
  }).sort((a, b) => a.weeks_later - b.weeks_later));
}

const monthlyLevels = () => ofMonths(ofLevel(tables.monthly_levels)).filter((row) => row.level === "free" || row.level === "paid");

const conversions = () => ofDays(tables.level_changes).filter((row) => row.to_level === "paid");

function medianDays(rows) {
  const days = rows.flatMap((row) => Array(row.changes).fill(row.days_at_from_level));
  return d3.median(days);
}

// Hours of the week, moved to the time zone chosen.
function hours() {
  const plays = new Array(168).fill(0);
  for (const row of ofLevel(ofDays(tables.hours))) {
    const weekday = (toDate(row.day).getUTCDay() + 6) % 7;
    plays[(weekday * 24 + row.hour + Number(state.zone) + 168) % 168] += row.plays;
  }
  if (!d3.sum(plays)) return [];
  return plays.map((total, hour) => ({weekday: WEEKDAYS[Math.floor(hour / 24)], hour: hour % 24, plays: total}));
}

function linkedShare() {
  return [...d3.group(ofLevel(ofMonths(tables.daily_plays.map((row) => ({...row, log_month: monthOf(row.day)})))), (row) => row.log_month)]
    .map(([log_month, group]) => {
      const [plays, linked_plays] = [sum(group, "plays"), sum(group, "linked_plays")];
      return {log_month, plays, linked_plays, share: plays ? linked_plays / plays : 0};
    });
}
