"use strict";
// The charts: each says what it shows, as rows (the table beneath it) and as a drawing of them.

const allLevels = () => (state.level === "all" ? "" : " All levels.");
const levelSaid = () => (state.level === "all" ? "" : ` Level: ${state.level}.`);

const column = (key, name, kind = "number", say = count) => ({key, name, kind, say});
const text = (key, name) => column(key, name, "text");
const nameAndPlays = (name) => [text("name", name), column("total", "Plays")];

const SECTIONS = [
  {id: "users", title: "Users", lead: "Who comes, who stays, who pays."},
  {id: "engagement", title: "Engagement", lead: "What people do when they are here: when, how long, from where and with what."},
  {id: "catalogue", title: "Catalogue", lead: "What people play that the catalogue does not have."},
  {id: "artists", title: "Artists", lead: "Whose songs are played, and whom to win."},
  {id: "recommendations", title: "Recommendations", lead: "What to play next, from what listeners of the same songs play."},
];

const CHARTS = [
  {
    id: "active-users", section: "users", size: "two-thirds", title: "Active users",
    note: () => `Users with any event on the day, and in the 7 and 30 days up to it.${allLevels()}`,
    legend: () => ACTIVE, rows: () => everyDay(ofDay(tables.daily_users), {active_users: 0, new_users: 0, weekly_active: 0, monthly_active: 0}),
    columns: [text("day", "Day"), column("active_users", "Active"), column("new_users", "New"), column("weekly_active", "7 days"), column("monthly_active", "30 days")],
    draw: (rows, width) => plot(width, {
      height: 260, x: dayAxis(rows), y: {...grow, zero: true},
      marks: [
        ...ACTIVE.map(({key, fill}) => Plot.lineY(rows, {x: dateOf, y: key, stroke: fill, strokeWidth: 1.7})),
        Plot.ruleY([0], {stroke: "var(--line)"}),
        ...dayTip(rows, "monthly_active", [...ACTIVE, {key: "new_users", name: "new"}]),
      ],
    }),
  },
  {
    id: "growth", section: "users", size: "third", title: "Gained, kept and lost",
    note: () => `Users by month. All are new in the log’s first month.${allLevels()}`,
    legend: () => GROWTH, rows: () => ofMonth(tables.monthly_users),
    columns: [text("log_month", "Month"), column("active_users", "Active"), ...GROWTH.map(({key, name}) => column(key, name))],
    draw: (rows, width) => stackedMonths(rows, width, GROWTH),
  },
  {
    id: "retention", section: "users", size: "wide", title: "Retention by weekly cohort",
    note: () => `A row is the users who first came in one week; shade is the share of them that came again so many weeks later. The last week may not be over.${allLevels()}`,
    rows: cohorts,
    legend: () => [{name: "nobody", fill: "var(--faint)"}, {name: `${percent.format(mostRetained(cohorts()))} or more`, fill: color.paid}],
    columns: [text("cohort_week", "First week"), column("weeks_later", "Weeks later"), column("cohort_users", "Users"), column("retained_users", "Came again"), column("share", "Share", "number", percent)],
    draw: (rows, width) => {
      const weeks = [...new Set(rows.map((row) => row.cohort_week))];
      const later = d3.max(rows, (row) => row.weeks_later);
      const most = mostRetained(rows);
      const step = Math.ceil((later + 1) / (width / 30));
      const wide = Math.min(width, 90 + 70 * (later + 1));
      const every = Math.ceil(weeks.length / 26);
      return heat(rows, wide, {
        x: "weeks_later", y: "cohort_week", strength: (row) => row.share / most, marginLeft: 64, height: Math.max(120, 34 + weeks.length * (weeks.length > 30 ? 9 : 18)),
        xAxis: {domain: d3.range(later + 1), tickFormat: (n) => (n % step ? "" : n), label: null},
        yAxis: {domain: weeks, tickFormat: (week, i) => (i % every ? "" : d3.utcFormat("%-d %b ’%y")(toDate(week)))},
        title: (row) => `First week ${dayName.format(dateOf(row))}\n${count.format(row.cohort_users)} users\n${row.weeks_later} weeks later: ${count.format(row.retained_users)} (${percent.format(row.share)})`,
      });
    },
  },
  {
    id: "retention-curve", section: "users", size: "third", title: "Retention curve",
    note: () => `Share of all cohorts above that came again after so many weeks.${allLevels()}`,
    rows: retentionCurve,
    columns: [column("weeks_later", "Weeks later"), column("cohort_users", "Users"), column("retained_users", "Came again"), column("share", "Share", "number", percent)],
    draw: (rows, width) => plot(width, {
      height: 220, x: {ticks: Math.min(6, rows.length - 1), tickFormat: "d"}, y: {domain: [0, 1], tickFormat: "%", ticks: 4},
      marks: [
        Plot.areaY(rows, {x: "weeks_later", y: "share", fill: color.paid, fillOpacity: 0.12}),
        Plot.lineY(rows, {x: "weeks_later", y: "share", stroke: color.paid, strokeWidth: 1.8, marker: rows.length < 12 ? "dot" : null}),
        Plot.tip(rows, Plot.pointerX({x: "weeks_later", y: "share", ...FRAME, title: (row) => `${row.weeks_later} weeks later\n${percent.format(row.share)} of ${count.format(row.cohort_users)}`})),
      ],
    }),
  },
  {
    id: "level-moves", section: "users", size: "third", title: "Conversions and churn",
    note: () => "Changes of level that the log shows, and cancellations confirmed, by month.",
    legend: () => LEVEL_MOVES, rows: () => ofMonth(tables.monthly_users),
    columns: [
      text("log_month", "Month"), column("paid_users", "Paid users"), column("conversions", "Free to paid"), column("downgrades", "Paid to free"),
      column("opened_upgrade", "Opened Upgrade"), column("opened_downgrade", "Opened Downgrade"), column("opened_cancel", "Opened Cancel"), column("cancelled", "Cancelled"),
    ],
    draw: (rows, width) => stackedMonths(rows, width, LEVEL_MOVES),
  },
  {
    id: "time-to-convert", section: "users", size: "third", title: "Time to convert",
    note: () => "How long users were on the free level before they paid, from their first event or last change.",
    rows: () => timeToChange("paid"), columns: [text("name", "After"), column("total", "Conversions")],
    draw: (rows, width) => bars(rows, width, {label: 90}),
  },
  {
    id: "plays", section: "engagement", size: "wide", title: "Songs played a day",
    note: () => `By the level on which they were played${isLong() ? "; drawn is the mean of 7 days" : ""}.${levelSaid()}`,
    legend: playSeries, rows: dailyPlays,
    columns: [text("day", "Day"), column("paid", "Paid"), column("free", "Free"), column("unknown", "Unknown level")],
    draw: (rows, width) => {
      const series = playSeries();
      const shown = isLong() ? meanOfDays(rows, 7) : rows;
      const long = shown.flatMap((row) => series.map(({key, fill}) => ({day: row.day, value: row[key], fill})));
      const mark = isLong()
        ? Plot.areaY(long, {x: dateOf, y: "value", fill: "fill"})
        : Plot.rectY(long, {x: dateOf, y: "value", fill: "fill", interval: "day", insetLeft: 0.5, insetRight: 0.5});
      return plot(width, {
        height: 240, x: dayAxis(rows), y: grow,
        marks: [mark, Plot.ruleY([0], {stroke: "var(--line)"}), ...dayTip(rows, (row) => d3.sum(series, ({key}) => row[key]), series)],
      });
    },
  },
  {
    id: "hours", section: "engagement", size: "two-thirds", title: "When people listen",
    note: () => `Plays by weekday and hour, UTC.${levelSaid()}`,
    rows: hours, columns: [text("weekday", "Weekday"), column("hour", "Hour"), column("plays", "Plays")],
    draw: (rows, width) => heat(rows, width, {
      x: "hour", y: "weekday", strength: (row) => row.plays / (d3.max(rows, ({plays}) => plays) || 1), height: 250,
      xAxis: {domain: d3.range(24), tickFormat: (hour) => (hour % 3 ? "" : `${hour}:00`)}, yAxis: {domain: WEEKDAYS},
      title: (row) => `${row.weekday} ${row.hour}:00–${row.hour + 1}:00\n${count.format(row.plays)} plays`,
    }),
  },
  {
    id: "session-lengths", section: "engagement", size: "third", title: "Length of a session",
    note: () => `From first to last event; sessions of known users.${allLevels()}`,
    rows: () => LENGTHS.map((name, length) => ({name, total: sum(ofMonth(tables.session_lengths).filter((row) => row.length === length), "sessions")})),
    columns: [text("name", "Length"), column("total", "Sessions")],
    draw: (rows, width) => bars(rows, width, {label: 90, fill: color.third}),
  },
  {
    id: "places", section: "engagement", size: "third", title: "Where people listen",
    note: () => `Plays by place.${levelSaid()}`,
    rows: () => totals(ofMonth(tables.places), (row) => row.location, playsOf).slice(0, 10),
    columns: nameAndPlays("Place"), draw: (rows, width) => bars(rows, width, {label: 180}),
  },
  {
    id: "devices", section: "engagement", size: "third", title: "With what device",
    note: () => `Plays by device, as the browser names it.${levelSaid()}`,
    rows: () => totals(ofMonth(tables.devices), (row) => row.device, playsOf), columns: nameAndPlays("Device"),
    draw: (rows, width) => bars(rows, width, {label: 80, fill: color.third}),
  },
  {
    id: "browsers", section: "engagement", size: "third", title: "With what browser",
    note: () => `Plays by browser, as it names itself.${levelSaid()}`,
    rows: () => totals(ofMonth(tables.devices), (row) => row.browser, playsOf), columns: nameAndPlays("Browser"),
    draw: (rows, width) => bars(rows, width, {label: 130, fill: color.third}),
  },
  {
    id: "linked-share", section: "catalogue", size: "third", title: "Share of plays in the catalogue",
    note: () => `Plays whose title and artist the catalogue has, by month.${levelSaid()}`,
    rows: linkedShare,
    columns: [text("log_month", "Month"), column("plays", "Plays"), column("linked_plays", "In the catalogue"), column("share", "Share", "number", percent)],
    draw: (rows, width) => plot(width, {
      height: 300, x: monthAxis(rows, width), y: {domain: [0, 1], tickFormat: "%", ticks: 4},
      marks: [
        Plot.barY(rows, {x: "log_month", y: () => 1, fill: "var(--faint)", rx: 2}),
        Plot.barY(rows, {x: "log_month", y: "share", fill: color.paid, rx: 2}),
        Plot.tip(rows, Plot.pointerX({x: "log_month", y: "share", ...FRAME, title: (row) => `${sayMonth(row.log_month)}\n${percent.format(row.share)} of ${count.format(row.plays)} plays`})),
      ],
    }),
  },
  {
    id: "songs-to-acquire", section: "catalogue", size: "two-thirds", title: "Songs to acquire", list: true,
    note: () => "Played, but not in the catalogue under this title and artist name. All months and levels.",
    rows: () => tables.songs_to_acquire, shown: 12,
    columns: [text("title", "Song"), text("artist", "Artist"), column("plays", "Plays"), column("plays", "", "bar"), column("listeners", "Listeners"), column("artist_in_catalogue", "Artist", "known")],
  },
  {
    id: "top-artists", section: "artists", size: "third", title: "Most played artists",
    note: () => "By plays. All months and levels.",
    rows: () => tables.artists.slice(0, 12), columns: [text("artist", "Artist"), column("plays", "Plays"), column("listeners", "Listeners")],
    draw: (rows, width) => bars(rows, width, {name: "artist", value: "plays"}),
  },
  {
    id: "artist-listeners", section: "artists", size: "third", title: "Artists with most listeners",
    note: () => "By users who played them. All months and levels.",
    rows: () => tables.artists.toSorted((a, b) => d3.descending(a.listeners, b.listeners) || d3.ascending(a.artist, b.artist)).slice(0, 12),
    columns: [text("artist", "Artist"), column("listeners", "Listeners"), column("plays", "Plays")],
    draw: (rows, width) => bars(rows, width, {name: "artist", value: "listeners", fill: color.third}),
  },
  {
    id: "artist-places", section: "artists", size: "third", title: "Where played artists are from",
    note: () => {
      const unknown = tables.artist_places.find((row) => row.location === null);
      return `Plays by the artist’s place, where the catalogue tells it${unknown ? `; of ${short.format(unknown.plays)} plays it does not` : ""}. All months and levels.`;
    },
    rows: () => tables.artist_places.filter((row) => row.location !== null).slice(0, 12),
    columns: [text("location", "Place"), column("plays", "Plays"), column("artists", "Artists")],
    draw: (rows, width) => bars(rows, width, {name: "location", value: "plays", fill: color.free}),
  },
  {
    id: "artists-to-win", section: "artists", size: "wide", title: "Artists to win", list: true,
    note: () => "Played, but the catalogue has no song under this name. All months and levels.",
    rows: () => tables.artists.filter((row) => row.catalogue_songs === 0), shown: 10,
    columns: [text("artist", "Artist"), column("plays", "Plays"), column("plays", "", "bar"), column("listeners", "Listeners")],
  },
  {
    id: "similar-songs", section: "recommendations", size: "two-thirds", title: "Listeners of this song also play", list: true,
    note: () => "Similarity is the cosine of the two songs’ sets of listeners: what everybody plays does not come first for being popular.",
    pick: () => tables.similar_songs.filter((row) => row.rank === 1).map((row) => [row.song_id, `${row.title} · ${row.artist}`]),
    rows: (picked) => tables.similar_songs.filter((row) => row.song_id === picked), shown: 10,
    columns: [text("similar_title", "Song"), text("similar_artist", "Artist"), column("common_listeners", "Common listeners"), column("similarity", "", "bar"), column("similarity", "Similarity", "number", new Intl.NumberFormat("en-GB", {minimumFractionDigits: 2, maximumFractionDigits: 2}))],
  },
  {
    id: "recommended", section: "recommendations", size: "third", title: "Most recommended songs", list: true,
    note: () => {
      const of = Object.fromEntries(tables.recommendation_reasons.map((row) => [row.reason, row.recommendations]));
      const all = sum(tables.recommendation_reasons, "recommendations");
      return all ? `Users to whom a song is recommended. ${percent.format((of.similar ?? 0) / all)} of ${short.format(all)} recommendations come from likeness, the rest from popularity.` : "";
    },
    rows: () => tables.recommended, shown: 10,
    columns: [text("title", "Song"), text("artist", "Artist"), column("users", "Users")],
  },
];
