-- kind: full
--
-- Item-to-item collaborative filtering over the songs of the catalogue.
--
-- Two songs are alike as far as the same people play them. The measure is the cosine of the two
-- sets of listeners (Ochiai's coefficient): common / sqrt(listeners of one * listeners of other).
-- Counting common listeners alone would make the most popular songs everybody's neighbour; the
-- cosine divides that out. Fewer than 3 common listeners are chance and no likeness. Unlike the
-- log-likelihood ratio it needs no logarithm: a square root is the same to the last bit everywhere.
--
-- Pairs grow with the square of a user's songs: listeners are those who have a song among their
-- favourites, of which there are at most 50.

WITH popularity AS (  -- pairs of numbers are quicker to count than pairs of ids
    SELECT
        song_id,
        CAST(ROW_NUMBER() OVER (ORDER BY song_id) AS INTEGER) AS song_number,
        COUNT(*)                                              AS listeners
    FROM favourite_songs
    GROUP BY song_id
    HAVING COUNT(*) >= 3
),

favourites AS (
    SELECT favourite_songs.user_id, popularity.song_number
    FROM favourite_songs
    INNER JOIN popularity ON popularity.song_id = favourite_songs.song_id
),

pairs AS (
    SELECT
        one.song_number   AS one_number,
        other.song_number AS other_number,
        COUNT(*)          AS common_listeners
    FROM favourites AS one
    INNER JOIN favourites AS other
        ON other.user_id = one.user_id
        AND other.song_number > one.song_number
    GROUP BY one.song_number, other.song_number
    HAVING COUNT(*) >= 3
),

likeness AS (
    SELECT
        one.song_id   AS one_id,
        other.song_id AS other_id,
        pairs.common_listeners,
        pairs.common_listeners
        / SQRT(CAST(one.listeners * other.listeners AS DOUBLE PRECISION)) AS similarity
    FROM pairs
    INNER JOIN popularity AS one ON one.song_number = pairs.one_number
    INNER JOIN popularity AS other ON other.song_number = pairs.other_number
),

both_ways AS (
    SELECT one_id AS song_id, other_id AS similar_song_id, common_listeners, similarity
    FROM likeness
    UNION ALL
    SELECT other_id, one_id, common_listeners, similarity
    FROM likeness
),

ranked AS (
    SELECT
        song_id,
        ROW_NUMBER() OVER (
            PARTITION BY song_id
            ORDER BY similarity DESC, common_listeners DESC, similar_song_id
        ) AS rank,
        similar_song_id,
        common_listeners,
        similarity
    FROM both_ways
)

SELECT song_id, rank, similar_song_id, common_listeners, similarity
FROM ranked
WHERE rank <= 10;
