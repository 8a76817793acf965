-- A user's level, where it is known, is free or paid.
SELECT user_id, level
FROM users
WHERE level NOT IN ('free', 'paid')
