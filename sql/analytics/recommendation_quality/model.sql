-- kind: full
--
-- The recommender is run on what each user played before the last 7 days that they played songs of
-- the catalogue, by the rules of favourite_songs, similar_songs and recommendations. A
-- recommendation is a hit if the user played the song in the days held out. Only songs that are new
-- to the user count, because only these are recommended.
--
-- At most 1,000 users take part, drawn by lot, as if there were no others: the measure of all would
-- cost as much as the recommendations themselves. With more users to learn from, the recommender is
-- rather better than this says.
--
-- What the measure does not say: the days held out differ between users, so the songs of others may
-- be known from days after a user's own. The log also knows only what users chose by themselves: a
-- song that they would have liked and never met is not a hit. Compare the two methods; do not read
-- one of them as the share of recommendations that users like.
WITH drawn AS (
    SELECT user_id
    FROM users AS all_users  -- Redshift wants an alias before QUALIFY
    QUALIFY ROW_NUMBER() OVER (ORDER BY MD5(CAST(user_id AS VARCHAR)), user_id) <= 1000
),

plays AS (
    SELECT listens.user_id, listens.song_id, listens.day, listens.plays
    FROM listens
    INNER JOIN drawn ON drawn.user_id = listens.user_id
    WHERE listens.song_id IS NOT NULL
),

ends AS (
    SELECT user_id, MAX(day) - 6 AS first_day_held_out
    FROM plays
    GROUP BY user_id
),

known AS (
    SELECT plays.user_id, plays.song_id, SUM(plays.plays) AS plays
    FROM plays
    INNER JOIN ends ON ends.user_id = plays.user_id
    WHERE plays.day < ends.first_day_held_out
    GROUP BY plays.user_id, plays.song_id
),

held_out AS (
    SELECT DISTINCT plays.user_id, plays.song_id
    FROM plays
    INNER JOIN ends ON ends.user_id = plays.user_id
    LEFT JOIN known
        ON known.user_id = plays.user_id
        AND known.song_id = plays.song_id
    WHERE plays.day >= ends.first_day_held_out
        AND known.song_id IS NULL
),

measured AS (
    SELECT user_id
    FROM known
    WHERE user_id IN (SELECT user_id FROM held_out)
    GROUP BY user_id
),

-- from here to `similar`: favourite_songs and similar_songs, of what is known
ranked_favourites AS (
    SELECT
        user_id,
        song_id,
        ROW_NUMBER() OVER (
            PARTITION BY user_id
            ORDER BY plays DESC, MD5(CAST(user_id AS VARCHAR) || '|' || song_id), song_id
        ) AS rank
    FROM known
),

popularity AS (
    SELECT
        song_id,
        CAST(ROW_NUMBER() OVER (ORDER BY song_id) AS INTEGER) AS song_number,
        COUNT(*)                                              AS listeners
    FROM ranked_favourites
    WHERE rank <= 50
    GROUP BY song_id
    HAVING COUNT(*) >= 3
),

favourites AS (
    SELECT ranked_favourites.user_id, popularity.song_number
    FROM ranked_favourites
    INNER JOIN popularity ON popularity.song_id = ranked_favourites.song_id
    WHERE ranked_favourites.rank <= 50
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
        pairs.one_number,
        pairs.other_number,
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
    SELECT one_number AS song_number, other_id AS similar_song_id, common_listeners, similarity
    FROM likeness
    UNION ALL
    SELECT other_number, one_id, common_listeners, similarity
    FROM likeness
),

ranked_similar AS (
    SELECT
        song_number,
        similar_song_id,
        similarity,
        ROW_NUMBER() OVER (
            PARTITION BY song_number
            ORDER BY similarity DESC, common_listeners DESC, similar_song_id
        ) AS rank
    FROM both_ways
),

-- from here to `recommended`: recommendations, for the users measured
candidates AS (
    SELECT
        favourites.user_id,
        ranked_similar.similar_song_id                                     AS song_id,
        SUM(CAST(FLOOR(ranked_similar.similarity * 1000000) AS BIGINT)) AS score
    FROM favourites
    INNER JOIN measured ON measured.user_id = favourites.user_id
    INNER JOIN ranked_similar ON ranked_similar.song_number = favourites.song_number
    WHERE ranked_similar.rank <= 10
    GROUP BY favourites.user_id, ranked_similar.similar_song_id
),

best_similar AS (
    SELECT candidates.user_id, candidates.song_id, candidates.score
    FROM candidates
    LEFT JOIN known
        ON known.user_id = candidates.user_id
        AND known.song_id = candidates.song_id
    WHERE known.song_id IS NULL
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY candidates.user_id ORDER BY candidates.score DESC, candidates.song_id
    ) <= 10
),

popular AS (
    SELECT song_id, COUNT(*) AS listeners
    FROM known
    GROUP BY song_id
    QUALIFY ROW_NUMBER() OVER (ORDER BY COUNT(*) DESC, SUM(plays) DESC, song_id) <= 100
),

popular_offers AS (
    SELECT measured.user_id, popular.song_id, popular.listeners AS score
    FROM measured
    CROSS JOIN popular
    LEFT JOIN known
        ON known.user_id = measured.user_id
        AND known.song_id = popular.song_id
    WHERE known.song_id IS NULL
),

offers AS (
    SELECT CAST('popularity' AS VARCHAR(16)) AS method, user_id, song_id, 1 AS choice, score
    FROM popular_offers
    UNION ALL
    SELECT CAST('recommender' AS VARCHAR(16)) AS method, user_id, song_id, 0 AS choice, score
    FROM best_similar
    UNION ALL
    SELECT
        CAST('recommender' AS VARCHAR(16)) AS method,
        popular_offers.user_id,
        popular_offers.song_id,
        1 AS choice,
        popular_offers.score
    FROM popular_offers
    LEFT JOIN best_similar
        ON best_similar.user_id = popular_offers.user_id
        AND best_similar.song_id = popular_offers.song_id
    WHERE best_similar.song_id IS NULL
),

recommended AS (
    SELECT
        method,
        user_id,
        song_id,
        ROW_NUMBER() OVER (
            PARTITION BY method, user_id ORDER BY choice, score DESC, song_id
        ) AS rank
    FROM offers
),

first_hits AS (
    SELECT recommended.method, recommended.user_id, CAST(MIN(recommended.rank) AS INTEGER) AS rank
    FROM recommended
    INNER JOIN held_out
        ON held_out.user_id = recommended.user_id
        AND held_out.song_id = recommended.song_id
    WHERE recommended.rank <= 10
    GROUP BY recommended.method, recommended.user_id
),

methods AS (
    SELECT CAST('recommender' AS VARCHAR(16)) AS method
    UNION ALL
    SELECT CAST('popularity' AS VARCHAR(16)) AS method
)

SELECT
    methods.method,
    COUNT(*)                                                      AS users,
    COUNT(first_hits.rank)                                        AS hits,
    CAST(COUNT(first_hits.rank) AS DOUBLE PRECISION) / COUNT(*)   AS hit_rate,
    -- 2520 is divisible by 1 to 10: a sum of whole numbers is the same in any order
    CAST(SUM(COALESCE(2520 / first_hits.rank, 0)) AS DOUBLE PRECISION)
    / (2520 * COUNT(*))                                           AS mean_reciprocal_rank
FROM measured
CROSS JOIN methods
LEFT JOIN first_hits
    ON first_hits.user_id = measured.user_id
    AND first_hits.method = methods.method
GROUP BY methods.method
