-- kind: full
--
-- For each user up to 10 songs of the catalogue that they have not played.
--
-- A song is worth the sum of its similarities to the user's favourites, in whole millionths: sums
-- of integers are the same in any order. Where that gives fewer than 10 (the cold start: a new
-- user, or one whose songs have no neighbours), the songs that most users play fill the list. The
-- 100 most popular are looked at; who has played nearly all of these may get fewer than 10.

WITH numbers AS (  -- numbers are quicker to group than ids, and have the same order
    SELECT song_id, ROW_NUMBER() OVER (ORDER BY song_id) AS song_number
    FROM songs
),

played AS (
    SELECT numbers.song_number, listens.song_id, listens.user_id, SUM(listens.plays) AS plays
    FROM listens
    INNER JOIN numbers ON numbers.song_id = listens.song_id
    WHERE listens.user_id IS NOT NULL
    GROUP BY numbers.song_number, listens.song_id, listens.user_id
),

favourites AS (
    SELECT favourite_songs.user_id, numbers.song_number
    FROM favourite_songs
    INNER JOIN numbers ON numbers.song_id = favourite_songs.song_id
),

neighbours AS (
    SELECT
        liked.song_number                                               AS liked_number,
        other.song_number,
        CAST(FLOOR(similar_songs.similarity * 1000000) AS BIGINT) AS millionths
    FROM similar_songs
    INNER JOIN numbers AS liked ON liked.song_id = similar_songs.song_id
    INNER JOIN numbers AS other ON other.song_id = similar_songs.similar_song_id
),

candidates AS (
    SELECT favourites.user_id, neighbours.song_number, SUM(neighbours.millionths) AS score
    FROM favourites
    INNER JOIN neighbours ON neighbours.liked_number = favourites.song_number
    GROUP BY favourites.user_id, neighbours.song_number
),

best_similar AS (
    SELECT candidates.user_id, candidates.song_number, candidates.score
    FROM candidates
    LEFT JOIN played
        ON played.user_id = candidates.user_id
        AND played.song_number = candidates.song_number
    WHERE played.song_id IS NULL
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY candidates.user_id ORDER BY candidates.score DESC, candidates.song_number
    ) <= 10
),

reasons AS (  -- the favourite that a song is most like
    SELECT best_similar.user_id, best_similar.song_number, neighbours.liked_number
    FROM best_similar
    INNER JOIN neighbours ON neighbours.song_number = best_similar.song_number
    INNER JOIN favourites
        ON favourites.user_id = best_similar.user_id
        AND favourites.song_number = neighbours.liked_number
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY best_similar.user_id, best_similar.song_number
        ORDER BY neighbours.millionths DESC, neighbours.liked_number
    ) = 1
),

popular AS (
    SELECT song_id, song_number, COUNT(*) AS listeners
    FROM played
    GROUP BY song_id, song_number
    QUALIFY ROW_NUMBER() OVER (ORDER BY COUNT(*) DESC, SUM(plays) DESC, song_id) <= 100
),

served AS (
    SELECT user_id
    FROM best_similar
    GROUP BY user_id
    HAVING COUNT(*) = 10
),

underserved AS (
    SELECT users.user_id
    FROM users
    LEFT JOIN served ON served.user_id = users.user_id
    WHERE served.user_id IS NULL
),

offers AS (
    SELECT
        best_similar.user_id,
        numbers.song_id,
        CAST('similar' AS VARCHAR(16)) AS reason,
        liked.song_id                  AS because_song_id,
        best_similar.score
    FROM best_similar
    INNER JOIN reasons
        ON reasons.user_id = best_similar.user_id
        AND reasons.song_number = best_similar.song_number
    INNER JOIN numbers ON numbers.song_number = best_similar.song_number
    INNER JOIN numbers AS liked ON liked.song_number = reasons.liked_number
    UNION ALL
    SELECT
        underserved.user_id,
        popular.song_id,
        CAST('popular' AS VARCHAR(16)) AS reason,
        CAST(NULL AS VARCHAR(64))      AS because_song_id,
        popular.listeners              AS score
    FROM underserved
    CROSS JOIN popular
    LEFT JOIN played
        ON played.user_id = underserved.user_id
        AND played.song_number = popular.song_number
    LEFT JOIN best_similar
        ON best_similar.user_id = underserved.user_id
        AND best_similar.song_number = popular.song_number
    WHERE played.song_id IS NULL
        AND best_similar.song_number IS NULL
),

ranked AS (
    SELECT
        user_id,
        ROW_NUMBER() OVER (
            PARTITION BY user_id
            ORDER BY CASE WHEN reason = 'similar' THEN 0 ELSE 1 END, score DESC, song_id
        ) AS rank,
        song_id,
        reason,
        because_song_id,
        score
    FROM offers
)

SELECT user_id, rank, song_id, reason, because_song_id, score
FROM ranked
WHERE rank <= 10;
