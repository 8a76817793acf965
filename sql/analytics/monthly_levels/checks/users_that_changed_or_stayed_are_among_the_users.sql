-- No more users changed their level, or came again, than there were.
SELECT log_month, level, users, changed_users, retained_users
FROM monthly_levels
WHERE changed_users > users
    OR retained_users > users
