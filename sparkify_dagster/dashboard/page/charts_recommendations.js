"use strict";
// The charts on recommendations: how well they work, and what they are for a user and for a song.

const METHODS = {recommender: "Recommender", popularity: "What is popular"};

function qualityNote() {
  const [ours, popular] = [qualityOf("recommender"), qualityOf("popularity")];
  if (!ours || !popular) return "Each user’s last 7 days are held out, and 10 songs are recommended from what was played before.";
  const verdict = ours.hits === popular.hits ? "no better and no worse than" : ours.hits > popular.hits ? "better than" : "worse than";
  return `Each user’s last 7 days are held out, and 10 songs are recommended from what was played before. ${percent.format(ours.hit_rate)} of ${count.format(ours.users)} users played one of them: `
    + `${verdict} recommending what is popular (${percent.format(popular.hit_rate)}).${ours.users < 100 ? " With so few users, this may be chance." : ""}`;
}

CHARTS.push(
  {
    id: "recommendation-quality", section: "recommendations", size: "third", title: "Do recommendations work?", query: "recommendation_quality", list: true,
    note: qualityNote, warning: littleLinked,
    nothing: "Not measurable yet: no user has played songs of the catalogue before and within their last 7 days.",
    rows: () => tables.recommendation_quality.map((row) => ({...row, name: METHODS[row.method]})),
    columns: [textColumn("name", "Method", {define: "recommendation_quality.method"}), column("users", "Users"), column("hits", "Hits"), barColumn("hit_rate"), column("hit_rate", "Hit rate at 10", percent), column("mean_reciprocal_rank", "MRR at 10", twoDigits)],
  },
  {
    id: "for-user", section: "recommendations", size: "two-thirds", title: "Recommended to a user", query: "user_recommendations", list: true,
    note: () => {
      const user = chosenUser();
      const known = userChoices().find(([id]) => id === user);
      return `${known ? `${known[1]}.` : user ? `User ${user} is not among the 200 users with the most plays, who are listed here. For others: SELECT * FROM recommendations WHERE user_id = … .` : ""} All months.`;
    },
    warning: littleLinked,
    controls: () => [entry("user", "User", "users-known", userChoices)],
    rows: () => tables.user_recommendations.filter((row) => String(row.user_id) === chosenUser()), shown: 10,
    columns: [column("rank", "Rank"), textColumn("title", "Song"), textColumn("artist", "Artist"), textColumn("reason", "Reason"), textColumn("because", "Because of")],
  },
  {
    id: "similar-songs", section: "recommendations", size: "two-thirds", title: "Listeners of this song also play", query: "similar_songs", list: true,
    note: () => "Similarity is the cosine of the two songs’ sets of listeners, so that popular songs do not come first because everybody plays them. All months and levels.",
    warning: littleLinked,
    controls: () => [choice("song", "Song", songChoices(), chosenSong)],
    rows: () => tables.similar_songs.filter((row) => row.song_id === chosenSong()), shown: 10,
    nothing: "No two songs of the catalogue have three listeners in common.",
    columns: [textColumn("similar_title", "Song"), textColumn("similar_artist", "Artist"), column("common_listeners", "Common listeners"), barColumn("similarity"), column("similarity", "Similarity", twoDigits)],
  },
  {
    id: "recommended", section: "recommendations", size: "third", title: "Most recommended songs", query: "recommended_songs", list: true,
    note: () => {
      const of = Object.fromEntries(tables.recommendation_reasons.map((row) => [row.reason, row.recommendations]));
      const all = sum(tables.recommendation_reasons, "recommendations");
      return all ? `Users to whom a song is recommended. ${percent.format((of.similar ?? 0) / all)} of ${short.format(all)} recommendations come from similarity, the rest from popularity. All months and levels.` : "All months and levels.";
    },
    warning: littleLinked, rows: () => tables.recommended_songs, shown: 10,
    columns: [textColumn("title", "Song"), textColumn("artist", "Artist"), column("users", "Users"), column("by_similarity", "By similarity")],
  },
);
