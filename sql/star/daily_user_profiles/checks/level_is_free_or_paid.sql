-- A user's level, where it is known, is free or paid.
SELECT user_id, day, level
FROM daily_user_profiles
WHERE level NOT IN ('free', 'paid')
