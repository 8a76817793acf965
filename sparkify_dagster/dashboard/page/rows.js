"use strict";
// What each chart is drawn from: rows made of the tables and the filters.

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const LENGTHS = ["under 1 min", "1–10 min", "10–30 min", "30–60 min", "1–2 h", "2–4 h", "over 4 h"];
const DAYS_TO_CHANGE = [[0, 6, "first week"], [7, 29, "1–4 weeks"], [30, 89, "1–3 months"], [90, Infinity, "later"]];

const playSeries = () => LEVELS
  .filter((level) => (state.level === "all" || state.level === level) && tables.daily_plays.some((row) => row.level === level))
  .map((level) => ({key: level, name: level, fill: color[level]}));

function dailyPlays() {
  const byDay = d3.group(ofDay(tables.daily_plays), (row) => row.day);
  const rows = [...byDay].map(([day, group]) => ({
    day, ...Object.fromEntries(LEVELS.map((level) => [level, sum(group.filter((row) => row.level === level), "plays")])),
  }));
  return everyDay(rows, {paid: 0, free: 0, unknown: 0});
}

// Days are too many to tell apart beyond some months: then their trend is drawn.
const isLong = () => source.months.filter(within).length > 4;

function meanOfDays(rows, days) {
  return rows.map((row, i) => {
    const some = rows.slice(Math.max(0, i - days + 1), i + 1);
    return {day: row.day, ...Object.fromEntries(LEVELS.map((level) => [level, d3.mean(some, (r) => r[level])]))};
  });
}

const ACTIVE = [
  {key: "monthly_active", name: "30 days", fill: color.third},
  {key: "weekly_active", name: "7 days", fill: color.free},
  {key: "active_users", name: "the day", fill: color.paid},
];
const GROWTH = [
  {key: "retained_users", name: "retained", fill: color.paid},
  {key: "resurrected_users", name: "resurrected", fill: color.third},
  {key: "new_users", name: "new", fill: color.free},
  {key: "lost_users", name: "lost", fill: color.bad, below: true},
];
const LEVEL_MOVES = [
  {key: "conversions", name: "free to paid", fill: color.paid},
  {key: "downgrades", name: "paid to free", fill: color.free, below: true},
  {key: "cancelled", name: "cancelled", fill: color.bad, below: true},
];

// Cohorts whose week lies in the range; a week in which none of them came is a zero.
function cohorts() {
  const last = d3.utcMonday.floor(toDate(source.last_event.slice(0, 10)));
  const groups = d3.group(tables.retention.filter((row) =>
    within(monthOf(d3.utcDay.offset(toDate(row.cohort_week), 6).toISOString().slice(0, 10)))), (row) => row.cohort_week);
  return [...groups].flatMap(([week, group]) => {
    const back = new Map(group.map((row) => [row.weeks_later, row.retained_users]));
    return d3.range(d3.utcMonday.count(toDate(week), last) + 1).map((later) => {
      const retained_users = back.get(later) ?? 0;
      const {cohort_users} = group[0];
      return {cohort_week: week, weeks_later: later, cohort_users, retained_users, share: retained_users / cohort_users};
    });
  });
}

// The first week is always whole: what the shades tell apart are the others.
const mostRetained = (rows) => d3.max(rows, (row) => (row.weeks_later ? row.share : 0)) || 1;

function retentionCurve() {
  return [...d3.group(cohorts(), (row) => row.weeks_later)].map(([weeks_later, group]) => {
    const [cohort_users, retained_users] = [sum(group, "cohort_users"), sum(group, "retained_users")];
    return {weeks_later, cohort_users, retained_users, share: retained_users / cohort_users};
  }).sort((a, b) => a.weeks_later - b.weeks_later);
}

function hours() {
  const rows = ofLevel(ofMonth(tables.hours));
  const plays = d3.rollup(rows, (group) => sum(group, "plays"), (row) => row.weekday, (row) => row.hour);
  return d3.range(7).flatMap((day) => d3.range(24).map((hour) =>
    ({weekday: WEEKDAYS[day], hour, plays: plays.get((day + 1) % 7)?.get(hour) ?? 0})));
}

function linkedShare() {
  return [...d3.group(ofLevel(ofDay(tables.daily_plays)), (row) => monthOf(row.day))].map(([log_month, group]) => {
    const [plays, linked_plays] = [sum(group, "plays"), sum(group, "linked_plays")];
    return {log_month, plays, linked_plays, share: plays ? linked_plays / plays : 0};
  });
}

function timeToChange(to) {
  const rows = ofMonth(tables.level_changes).filter((row) => row.to_level === to);
  return DAYS_TO_CHANGE.map(([from, until, name]) =>
    ({name, total: sum(rows.filter((row) => row.days_at_from_level >= from && row.days_at_from_level <= until), "changes")}));
}
