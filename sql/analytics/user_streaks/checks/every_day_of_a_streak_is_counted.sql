-- A streak has as many days as lie between its first and its last day.
SELECT user_id, first_day, last_day, days
FROM user_streaks
WHERE days <> last_day - first_day + 1
