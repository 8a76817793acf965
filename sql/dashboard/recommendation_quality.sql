-- How many users played one of the 10 songs that would have been recommended to them.
SELECT method, users, hits, hit_rate, mean_reciprocal_rank
FROM recommendation_quality
ORDER BY method DESC
