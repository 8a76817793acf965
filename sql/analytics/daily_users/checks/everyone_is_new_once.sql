-- New users of all days are all users that were ever active.
SELECT counted.new_users, known.users
FROM (SELECT COALESCE(SUM(new_users), 0) AS new_users FROM daily_users) AS counted
CROSS JOIN (SELECT COUNT(DISTINCT user_id) AS users FROM user_days) AS known
WHERE counted.new_users <> known.users
