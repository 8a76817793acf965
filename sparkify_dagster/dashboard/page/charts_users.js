"use strict";
// The charts on users: who comes, who stays, who pays. A chart names its query, says what it shows,
// and gives its rows (for the table and the CSV) and a drawing of them.

const CHARTS = [];

const SECTIONS = [
  {id: "users", title: "Users", lead: "Why are users gained and lost? Who comes, who stays, who pays, by cohort and by level."},
  {id: "engagement", title: "Engagement", lead: "When and where to engage: when people listen, how often and how long, from where and with what."},
  {id: "catalogue", title: "Catalogue", lead: "Which songs to license next, and how much of what is played each brings.", filter: "Songs and artists"},
  {id: "artists", title: "Artists", lead: "Which artists are played, how that changes, and whom to win.", filter: "Artists"},
  {id: "recommendations", title: "Recommendations", lead: "What to play next, for a user and for a song, and how well that works."},
];

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
const levelLegend = (names) => () => Object.entries(names)
  .filter(([level]) => state.level === "all" || level === state.level).map(([level, name]) => ({name, fill: color[level]}));
const isRunning = (month) => month >= monthOf(source.built_at);
const runningNote = () => (isRunning(monthOf(state.to)) ? ` ${monthName(monthOf(state.to))} is not over.` : "");

CHARTS.push(
  {
    id: "active-users", section: "users", size: "two-thirds", title: "Active users", query: "daily_users",
    note: () => `Users with any event on the day, and in the 7 and 30 days up to it.${allLevelsNote()}`,
    legend: () => ACTIVE, rows: activeUsers,
    columns: [textColumn("day", "Day"), column("active_users", "Active"), column("new_users", "New"), column("weekly_active", "7 days"), column("monthly_active", "30 days")],
    draw: (rows, width) => dayLines(rows, width, ACTIVE, [...ACTIVE, {key: "new_users", name: "new"}]),
  },
  {
    id: "growth", section: "users", size: "third", title: "Gained, kept and lost", query: "monthly_users",
    note: () => `Users by month. In the log’s first month, all are new.${monthsNote()}${allLevelsNote()}${runningNote()}`,
    legend: () => GROWTH, rows: () => ofMonths(tables.monthly_users),
    columns: [textColumn("log_month", "Month"), column("active_users", "Active"), ...GROWTH.map(({key, name}) => column(key, name[0].toUpperCase() + name.slice(1)))],
    draw: (rows, width) => stackedMonths(rows, width, GROWTH),
  },
  {
    id: "retention", section: "users", size: "wide", title: "Retention by weekly cohort", query: "retention",
    note: () => `Users by the week of their first event${state.level === "all" ? "" : `, whose first level was ${state.level}`}: the share of them that was active so many weeks later. `
      + `${new Set(cohorts().map((row) => row.cohort_week)).size > COHORTS_SHOWN ? `The latest ${COHORTS_SHOWN} cohorts; the CSV has all. ` : ""}* The log’s last week may not be over.`,
    rows: cohorts,
    columns: [textColumn("cohort_week", "First week"), column("weeks_later", "Weeks later"), column("cohort_users", "Users"), column("retained_users", "Active again"), column("share", "Share", percent)],
    html: (rows) => cohortTable(rows),
  },
  {
    id: "retention-curve", section: "users", size: "third", title: "Retention by first level", query: "retention",
    note: () => "Share of the users of all cohorts above that was active so many weeks after their first.",
    legend: levelLegend({all: "all", paid: "first paid", free: "first free"}), rows: retentionCurves,
    columns: [textColumn("level", "First level"), column("weeks_later", "Weeks later"), column("cohort_users", "Users"), column("retained_users", "Active again"), column("share", "Share", percent)],
    draw: (rows, width) => {
      const later = d3.max(rows, (row) => row.weeks_later);
      return plot(width, {
        x: {ticks: Math.min(6, later), tickFormat: "d", label: "Weeks after the first"}, y: {...shares, domain: [0, 1], label: "Share active"},
        marks: [
          zeroLine(),
          Plot.lineY(rows, {x: "weeks_later", y: "share", z: "level", stroke: (row) => color[row.level], strokeWidth: 1.8, strokeDasharray: (row) => (row.level === "all" ? "3 3" : null), marker: later < 12 ? "dot" : null}),
          Plot.tip(rows, Plot.pointer({x: "weeks_later", y: "share", ...FRAME, title: (row) => `First level: ${row.level}\n${row.weeks_later} weeks later: ${percent.format(row.share)}\n${count.format(row.retained_users)} of ${count.format(row.cohort_users)} users`})),
        ],
      });
    },
  },
  {
    id: "kept-by-level", section: "users", size: "third", title: "Kept from month to month", query: "monthly_levels",
    note: () => `Share of a month’s users that was active in the next month, by the level they came with.${monthsNote()}`,
    legend: levelLegend({paid: "paid", free: "free"}), rows: () => monthlyLevels().filter((row) => row.retained_users !== null),
    nothing: "Not known before the next month is in the log.",
    columns: [textColumn("log_month", "Month"), textColumn("level", "Level"), column("users", "Users"), column("retained_users", "Active in the next month"), column("retained_share", "Share", percent)],
    draw: (rows, width) => shareByMonth(rows, width, "retained_share", "Share kept"),
  },
  {
    id: "conversion", section: "users", size: "third", title: "Conversion rate", query: "monthly_levels",
    note: () => `Share of a month’s free users that went to paid, and of its paid users that went to free.${monthsNote()}${runningNote()}`,
    legend: levelLegend({free: "free to paid", paid: "paid to free"}), rows: monthlyLevels,
    columns: [textColumn("log_month", "Month"), textColumn("level", "Level before"), column("users", "Users"), column("changed_users", "Changed level"), column("changed_share", "Rate", percent)],
    draw: (rows, width) => shareByMonth(rows, width, "changed_share", "Share that changed"),
  },
  {
    id: "level-moves", section: "users", size: "half", title: "Conversions, downgrades and cancellations", query: "monthly_users",
    note: () => `Changes of level that the log shows, and cancellations confirmed, by month.${monthsNote()}${allLevelsNote()}${runningNote()}`,
    legend: () => LEVEL_MOVES, rows: () => ofMonths(tables.monthly_users),
    columns: [
      textColumn("log_month", "Month"), column("paid_users", "Paid users"), column("conversions", "Free to paid"), column("downgrades", "Paid to free"),
      column("opened_upgrade", "Opened Upgrade"), column("opened_downgrade", "Opened Downgrade"), column("opened_cancel", "Opened Cancel"), column("cancelled", "Cancelled"),
    ],
    isEmpty: (rows) => !d3.sum(rows, (row) => d3.sum(LEVEL_MOVES, ({key}) => row[key])),
    draw: (rows, width) => stackedMonths(rows, width, LEVEL_MOVES),
  },
  {
    id: "time-to-convert", section: "users", size: "half", title: "Time to convert", query: "level_changes", list: true,
    note: () => {
      const median = medianDays(conversions());
      const half = median === undefined ? "" : ` Half of the conversions came within ${count.format(median)} days.`;
      return `How long users were on the free level before they paid, from their first event or last change.${half}`;
    },
    rows: () => grouped(DAYS_TO_CHANGE, conversions(), "days_at_from_level", "changes"), isEmpty: (rows) => !sum(rows, "total"),
    columns: [textColumn("name", "After", {define: "level_changes.days_at_from_level"}), barColumn("total"), column("total", "Conversions", count, {define: "level_changes.changes"})],
  },
);
