"use strict";
// The charts on the catalogue and on artists: what to license, and whom to win.

const anyMonths = () => (touched(allMonths[0]) && touched(allMonths.at(-1)) ? "All months." : `${monthName(monthOf(state.from))} to ${monthName(monthOf(state.to))}.`);
const listNote = () => `${anyMonths()} All levels.${state.find ? ` Search: “${state.find}”.` : ""}${state.kind === "all" ? "" : ` Only: ${KINDS[state.kind]}.`}`;
const artistTag = tagColumn("Artist", (row) => {
  if (row.catalogue_artist) return {className: "tag", textContent: `probably ${row.catalogue_artist}`};
  return row.artist_in_catalogue ? {className: "tag", textContent: "in catalogue"} : {className: "tag win", textContent: "to win"};
});
const littleLinked = () => (linkedOfAll() < LITTLE
  ? `Only ${percent.format(linkedOfAll())} of all plays (${count.format(source.linked_plays)}) are linked to the catalogue. Read this as anecdotes, not as a measure.` : "");

CHARTS.push(
  {
    id: "linked-share", section: "catalogue", size: "half", title: "Plays in the catalogue", query: "daily_plays",
    note: () => `Share of plays whose title and artist name the catalogue has, by month.${monthsNote()}${levelNote()}`,
    rows: linkedShare,
    columns: [textColumn("log_month", "Month", {define: "artists.log_month"}), column("plays", "Plays"), column("linked_plays", "In the catalogue"), column("share", "Share", percent, {define: "totals.linked_plays"})],
    draw: (rows, width) => plot(width, {
      x: monthAxis(rows.map((row) => row.log_month), width), y: {...shares, domain: [0, 1], label: "Share of plays"},
      marks: [
        Plot.barY(rows, {x: "log_month", y: () => 1, fill: "var(--faint)", rx: 2}),
        Plot.barY(rows, {x: "log_month", y: "share", fill: color.paid, rx: 2}),
        ...(rows.length <= 8 ? [Plot.text(rows, {x: "log_month", y: "share", text: (row) => percent.format(row.share), dy: -8, fill: "currentColor"})] : []),
        Plot.tip(rows, Plot.pointerX({x: "log_month", y: "share", ...FRAME, title: (row) => `${monthName(row.log_month)}\n${percent.format(row.share)} of ${count.format(row.plays)} plays`})),
      ],
    }),
  },
  {
    id: "coverage", section: "catalogue", size: "half", title: "What acquiring would bring", query: "songs_to_acquire",
    note: () => `Share of plays in the catalogue if the most played missing songs were acquired, one after the other. ${anyMonths()} All levels.`,
    rows: () => songsToAcquire().map((row, i) => ({...row, songs: i + 1})),
    columns: [column("songs", "Songs acquired", count, {define: "songs_to_acquire.rank"}), textColumn("title", "Song"), textColumn("artist", "Artist"), column("plays", "Plays"), column("gain", "Adds", percent), column("coverage", "Coverage", percent)],
    draw: (rows, width) => plot(width, {
      x: {label: "Songs acquired", ticks: 5, tickFormat: "d", domain: [1, Math.max(2, rows.length)]}, y: {...shares, domain: [0, d3.max(rows, (row) => row.coverage)], label: "Share of plays"},
      marks: [
        zeroLine(),
        Plot.areaY(rows, {x: "songs", y: "coverage", fill: color.paid, fillOpacity: 0.12}),
        Plot.lineY(rows, {x: "songs", y: "coverage", stroke: color.paid, strokeWidth: 1.8}),
        Plot.tip(rows, Plot.pointerX({x: "songs", y: "coverage", ...FRAME, title: (row) => `${row.songs} songs: ${percent.format(row.coverage)}\nlast: ${row.title}\n${row.artist}, ${count.format(row.plays)} plays`})),
      ],
    }),
  },
  {
    id: "songs-to-acquire", section: "catalogue", size: "wide", title: "Songs to acquire", query: "songs_to_acquire", list: true,
    note: () => `Played, but not in the catalogue under this title and artist name: the 100 most played of the whole log. ${listNote()}`,
    rows: songsFound, shown: 10,
    columns: [
      textColumn("title", "Song"), textColumn("artist", "Artist"), column("plays", "Plays"), barColumn("plays"), column("listeners", "Listeners, all months"),
      column("gain", "Adds to coverage", percent), column("coverage", "Coverage with all above", percent), trendColumn(), artistTag,
    ],
  },
  {
    id: "top-artists", section: "artists", size: "two-thirds", title: "Most played artists", query: "artists", list: true,
    note: () => listNote(), rows: () => artists().sort(byMost("plays")), shown: 10,
    columns: [textColumn("artist", "Artist"), column("plays", "Plays"), barColumn("plays"), trendColumn(), column("all_listeners", "Listeners, all months"), column("catalogue_songs", "Songs in the catalogue")],
  },
  {
    id: "artist-listeners", section: "artists", size: "third", title: "Artists with most listeners", query: "artists", list: true,
    note: () => `By users who played them in any month.${state.find || state.kind !== "all" ? ` ${listNote()}` : " All levels."}`,
    rows: () => artists().sort(byMost("all_listeners")), shown: 10,
    columns: [textColumn("artist", "Artist"), barColumn("all_listeners", color.third), column("all_listeners", "Listeners")],
  },
  {
    id: "artists-to-win", section: "artists", size: "two-thirds", title: "Artists to win", query: "artists", list: true,
    note: () => `Played, but the catalogue has no song under this name, nor under a probable spelling of it. ${anyMonths()} All levels.`,
    rows: artistsToWin, shown: 10,
    columns: [textColumn("artist", "Artist"), column("plays", "Plays"), barColumn("plays", color.free), trendColumn(), column("all_listeners", "Listeners, all months")],
  },
  {
    id: "artist-places", section: "artists", size: "third", title: "Where played artists are from", query: "artist_places", list: true,
    note: () => {
      const unknown = tables.artist_places.find((row) => row.place === null);
      return `Plays by the artist’s place, where the catalogue gives it${unknown ? `; for ${short.format(unknown.plays)} plays it does not` : ""}. All months and levels.`;
    },
    warning: littleLinked, rows: () => tables.artist_places.filter((row) => row.place !== null), shown: 10,
    columns: [textColumn("place", "Place"), barColumn("plays", color.free), column("plays", "Plays"), column("artists", "Artists")],
  },
  {
    id: "spellings", section: "artists", size: "wide", title: "Probable spellings", query: "artist_spellings", list: true,
    note: () => "Names that differ from a name in the catalogue only by case, blanks, punctuation, accents or doubly encoded UTF-8. Plays are linked by the exact name, so these are not. All months and levels.",
    nothing: "No played name looks like another spelling of a name in the catalogue.",
    rows: spellings, shown: 10,
    columns: [textColumn("artist", "As played"), textColumn("catalogue_artist", "In the catalogue"), textColumn("difference", "Difference"), column("plays", "Plays"), barColumn("plays"), column("listeners", "Listeners"), column("linkable_plays", "Plays that would link"), column("catalogue_songs", "Songs in the catalogue")],
  },
);
