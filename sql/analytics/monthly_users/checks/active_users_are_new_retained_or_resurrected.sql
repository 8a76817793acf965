-- Active users are new, retained or resurrected, and each is one of these.
SELECT log_month, active_users, new_users, retained_users, resurrected_users
FROM monthly_users
WHERE active_users <> new_users + retained_users + resurrected_users
