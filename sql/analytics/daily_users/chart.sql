-- chart: lines "Active users"
SELECT day, active_users AS day_active, weekly_active, monthly_active
FROM daily_users
ORDER BY day
