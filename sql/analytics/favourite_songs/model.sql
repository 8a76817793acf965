-- kind: full
--
-- The 50 songs of the catalogue that each user has played most.
-- Most users play most songs once: among equals a lot is drawn, by digest, so that the draw is the
-- same each time and favours no song. The order of the ids would favour the same songs everywhere.

WITH played AS (
    SELECT user_id, song_id, SUM(plays) AS plays
    FROM listens
    WHERE song_id IS NOT NULL
        AND user_id IS NOT NULL
    GROUP BY user_id, song_id
),

ranked AS (
    SELECT
        user_id,
        ROW_NUMBER() OVER (
            PARTITION BY user_id
            ORDER BY plays DESC, MD5(CAST(user_id AS VARCHAR) || '|' || song_id), song_id
        ) AS rank,
        song_id,
        plays
    FROM played
)

SELECT user_id, rank, song_id, plays
FROM ranked
WHERE rank <= 50;
