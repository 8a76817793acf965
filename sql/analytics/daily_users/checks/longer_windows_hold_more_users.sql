-- New users are among a day's users, a day's among the week's, and a week's among the month's.
SELECT day, new_users, active_users, weekly_active, monthly_active
FROM daily_users
WHERE new_users > active_users
    OR active_users > weekly_active
    OR weekly_active > monthly_active
