"use strict";
// The rows of the lists: songs and artists by the months chosen, what is searched, recommendations.

const LITTLE = 0.1;  // a share of linked plays below this makes what is based on them anecdotal
const linkedOfAll = () => (source.plays ? source.linked_plays / source.plays : 0);

// The hours of difference to UTC of the states of the USA, in winter; states with two have that of most people.
const STATE_ZONES = {
  "-5": "CT DE DC FL GA IN KY ME MD MA MI NH NJ NY NC OH PA RI SC VT VA WV",
  "-6": "AL AR IL IA KS LA MN MS MO NE ND OK SD TN TX WI",
  "-7": "AZ CO ID MT NM UT WY", "-8": "CA NV OR WA", "-9": "AK", "-10": "HI",
};
const zoneOf = new Map(Object.entries(STATE_ZONES).flatMap(([zone, states]) => states.split(" ").map((name) => [name, zone])));

function shareByZone() {
  const rows = ofDays(tables.places);
  const found = totals(rows, (row) => zoneOf.get(row.place.match(/, ([A-Z]{2})/)?.[1]), playsOf);
  const all = d3.sum(found, ({total}) => total);
  return found.filter(({name}) => name).map(({name, total}) => ({zone: ZONES[name], share: total / all}));
}

const finds = (...texts) => !state.find || texts.some((text) => (text ?? "").toLowerCase().includes(state.find.toLowerCase()));

// `known` is whether the catalogue has the artist; a probable spelling is not known.
function isOfKind(row, known) {
  if (state.kind === "all") return true;
  if (state.kind === "spelling") return row.catalogue_artist !== null;
  return state.kind === "known" ? known : !known && row.catalogue_artist === null;
}

// Of the whole log, rank, gain and coverage are those of SQL; of other months they are counted here.
function songsToAcquire() {
  const months = d3.group(ofMonths(tables.acquisition_months), (row) => row.rank);
  const all = touched(allMonths[0]) && touched(allMonths.at(-1));
  const played = tables.daily_plays.filter((row) => touched(monthOf(row.day)));
  const total = sum(played, "plays");
  let covered = sum(played, "linked_plays");
  return tables.songs_to_acquire
    .map((row) => ({...row, plays: all ? row.plays : sum(months.get(row.rank) ?? [], "plays"), trend: trendOf(months.get(row.rank) ?? [])}))
    .filter((row) => row.plays)
    .sort((a, b) => d3.descending(a.plays, b.plays) || a.rank - b.rank)
    .map((row) => {
      covered += row.plays;
      return all ? row : {...row, gain: row.plays / total, coverage: covered / total};
    });
}

const songsFound = () => songsToAcquire().filter((row) => finds(row.title, row.artist) && isOfKind(row, row.artist_in_catalogue));

// A value for each of the months touched.
function trendOf(rows) {
  const plays = new Map(rows.map((row) => [row.log_month, row.plays]));
  return allMonths.filter(touched).map((month) => plays.get(month) ?? 0);
}

function artists() {
  return [...d3.group(ofMonths(tables.artists), (row) => row.artist)]
    .map(([artist, rows]) => ({...rows[0], artist, plays: sum(rows, "plays"), trend: trendOf(rows)}))
    .filter((row) => finds(row.artist) && isOfKind(row, row.catalogue_songs > 0));
}

const byMost = (key) => (a, b) => d3.descending(a[key], b[key]) || d3.ascending(a.artist, b.artist);
const artistsToWin = () => artists().filter((row) => row.catalogue_songs === 0 && row.catalogue_artist === null).sort(byMost("plays"));
const spellings = () => tables.artist_spellings.filter((row) => finds(row.artist, row.catalogue_artist));

const songChoices = () => tables.similar_songs.filter((row) => row.rank === 1).map((row) => [row.song_id, row.song]);
const userChoices = () => [...d3.group(tables.user_recommendations, (row) => row.user_id)]
  .map(([user, [row]]) => [String(user), `User ${user} (${row.level}, ${count.format(row.all_plays)} plays)`]);
const chosenSong = () => (songChoices().some(([id]) => id === state.song) ? state.song : songChoices()[0]?.[0]);
const chosenUser = () => state.user || userChoices()[0]?.[0];

const qualityOf = (method) => tables.recommendation_quality.find((row) => row.method === method);
