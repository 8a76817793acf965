-- Are the recommendations any good? Measured offline, next to recommending what is popular.
CREATE TABLE recommendation_quality (
    method               VARCHAR(16) NOT NULL PRIMARY KEY,
    users                BIGINT NOT NULL,
    hits                 BIGINT NOT NULL,
    hit_rate             DOUBLE PRECISION NOT NULL,
    mean_reciprocal_rank DOUBLE PRECISION NOT NULL
)
DISTSTYLE ALL  -- two rows
SORTKEY (method);

COMMENT ON TABLE recommendation_quality IS 'Offline measure of the recommendations: each user''s last 7 days are held out, and 10 songs are recommended from what was played before';
COMMENT ON COLUMN recommendation_quality.method IS 'recommender: as in recommendations; popularity: the songs with the most listeners that the user has not played';
COMMENT ON COLUMN recommendation_quality.users IS 'Users measured, of at most 1,000 drawn by lot: those who played songs of the catalogue before their last 7 days, and in these days at least one that was new to them';
COMMENT ON COLUMN recommendation_quality.hits IS 'Users who played at least one of their 10 recommended songs in the days held out';
COMMENT ON COLUMN recommendation_quality.hit_rate IS 'Hit rate at 10: hits / users, 0 to 1';
COMMENT ON COLUMN recommendation_quality.mean_reciprocal_rank IS 'MRR at 10: the mean of 1 / rank of the first song that was played, 0 if none was; 0 to 1';
