"use strict";
// The charts on engagement: when, how often, how long, from where and with what.

const playSeries = () => levelsPlayed().map((level) => ({key: level, name: level, fill: color[level]}));
const nameAndPlays = (key, name, query, fill) => [
  textColumn("name", name, {define: `${query}.${key}`}), barColumn("total", fill), column("total", "Plays", count, {define: `${query}.plays`}),
];

function zoneNote() {
  const zones = shareByZone().slice(0, 3).map(({zone, share}) => `${wholePercent.format(share)} at ${zone.split(",")[0]}`);
  return zones.length ? ` Of the plays at the places below, ${zones.join(", ")} (standard time; one hour more in summer).` : "";
}

function sessionNote() {
  const rows = ofDays(tables.sessions);
  const [sessions, seconds] = [sum(rows, "sessions"), sum(rows, "seconds")];
  return sessions ? ` Mean: ${Math.round(seconds / sessions / 60)} min.` : "";
}

CHARTS.push(
  {
    id: "plays", section: "engagement", size: "wide", title: "Songs played a day", query: "daily_plays",
    note: () => `By the level on which they were played${isLong() ? "; the mean of 7 days is drawn" : ""}.${levelNote()}`,
    legend: playSeries, rows: dailyPlays,
    columns: [textColumn("day", "Day"), ...["paid", "free", "unknown"].map((level) =>
      column(level, {paid: "Paid", free: "Free", unknown: "Unknown level"}[level], count, {define: "daily_plays.plays"}))],
    draw: (rows, width) => {
      const series = playSeries();
      const shown = isLong() ? meanOfDays(rows, 7) : rows;
      const long = shown.flatMap((row) => series.map(({key, fill}) => ({day: row.day, value: row[key], fill})));
      const mark = isLong()
        ? Plot.areaY(long, {x: dateOf, y: "value", fill: "fill"})
        : Plot.rectY(long, {x: dateOf, y: "value", fill: "fill", interval: "day", insetLeft: 0.5, insetRight: 0.5});
      return plot(width, {
        x: dayAxis(rows), y: {...grow, label: "Plays"},
        marks: [mark, zeroLine(), ...dayTip(rows, (row) => d3.sum(series, ({key}) => row[key]), series)],
      });
    },
  },
  {
    id: "hours", section: "engagement", size: "two-thirds", title: "When people listen", query: "hours",
    note: () => `Plays by weekday and hour, ${ZONES[state.zone].split(",")[0]}.${zoneNote()}${levelNote()}`,
    controls: () => [choice("zone", "Hours in", Object.entries(ZONES).sort(([a], [b]) => b - a))],
    rows: hours, columns: [textColumn("weekday", "Weekday"), column("hour", "Hour"), column("plays", "Plays")],
    draw: (rows, width) => heat(rows, width, {
      x: "hour", y: "weekday", strength: (row) => row.plays / d3.max(rows, ({plays}) => plays), height: 260,
      xAxis: {domain: d3.range(24), tickFormat: (hour) => (hour % 3 ? "" : `${hour}:00`), label: `Hour, ${ZONES[state.zone].split(",")[0]}`}, yAxis: {domain: WEEKDAYS},
      title: (row) => `${row.weekday} ${row.hour}:00–${row.hour + 1}:00\n${count.format(row.plays)} plays`,
    }),
  },
  {
    id: "session-lengths", section: "engagement", size: "third", title: "Length of a session", query: "sessions", list: true,
    note: () => `From first to last event; sessions of known users.${sessionNote()}${allLevelsNote()}`,
    rows: () => LENGTHS.map((name) => ({name, total: sum(ofDays(tables.sessions).filter((row) => row.length === name), "sessions")})),
    isEmpty: (rows) => !sum(rows, "total"),
    columns: [textColumn("name", "Length", {define: "sessions.length"}), barColumn("total", color.third), column("total", "Sessions", count, {define: "sessions.sessions"})],
  },
  {
    id: "stickiness", section: "engagement", size: "two-thirds", title: "Stickiness", query: "daily_users",
    note: () => {
      const mean = d3.mean(stickiness(), (row) => row.stickiness);
      return `Share of the active users of 30 days who come on a day (DAU / MAU)${mean === undefined ? "" : `; mean ${percent.format(mean)}`}.${allLevelsNote()}`;
    },
    nothing: "Stickiness is known from the 30th day of the log.",
    rows: stickiness,
    columns: [textColumn("day", "Day"), column("active_users", "Active"), column("monthly_active", "30 days"), column("stickiness", "Stickiness", percent)],
    draw: (rows, width) => plot(width, {
      height: 220, x: dayAxis(rows), y: {...shares, label: "DAU / MAU"},
      marks: [
        zeroLine(),
        Plot.areaY(rows, {x: dateOf, y: "stickiness", fill: color.paid, fillOpacity: 0.12}),
        Plot.lineY(rows, {x: dateOf, y: "stickiness", stroke: color.paid, strokeWidth: 1.7, marker: rows.length < 3 ? "dot" : null}),
        ...dayTip(rows, "stickiness", [{key: "stickiness", name: "stickiness"}].map((one) => one)).slice(0, 1),
        Plot.tip(rows, Plot.pointerX({x: dateOf, y: "stickiness", ...FRAME, title: (row) => `${dayName(row.day)}\n${percent.format(row.stickiness)}: ${count.format(row.active_users)} of ${count.format(row.monthly_active)} users`})),
      ],
    }),
  },
  {
    id: "streaks", section: "engagement", size: "third", title: "Days in a row", query: "streaks", list: true,
    note: () => `How long users come day after day: streaks that ended in the days chosen.${allLevelsNote()}`,
    rows: () => grouped(STREAKS, ofDays(tables.streaks), "days", "streaks"), isEmpty: (rows) => !sum(rows, "total"),
    columns: [textColumn("name", "Days in a row", {define: "streaks.days"}), barColumn("total"), column("total", "Streaks", count, {define: "streaks.streaks"})],
  },
  {
    id: "places", section: "engagement", size: "third", title: "Where people listen", query: "places", list: true,
    note: () => `Plays by place, of known users.${levelNote()}`,
    rows: () => totals(ofDays(tables.places), (row) => row.place, playsOf), shown: 10,
    columns: nameAndPlays("place", "Place", "places", color.paid),
  },
  {
    id: "devices", section: "engagement", size: "third", title: "With what device", query: "devices", list: true,
    note: () => `Plays by device, as the browser names it, of known users.${levelNote()}`,
    rows: () => totals(ofDays(tables.devices), (row) => row.device, playsOf), columns: nameAndPlays("device", "Device", "devices", color.third),
  },
  {
    id: "browsers", section: "engagement", size: "third", title: "With what browser", query: "devices", list: true,
    note: () => `Plays by browser, as it names itself, of known users.${levelNote()}`,
    rows: () => totals(ofDays(tables.devices), (row) => row.browser, playsOf), columns: nameAndPlays("browser", "Browser", "devices", color.third),
  },
);
