-- chart: bars "Users who played one of their 10 recommended songs, in percent"
SELECT method, 100 * hit_rate AS hit_rate
FROM recommendation_quality
ORDER BY method DESC
