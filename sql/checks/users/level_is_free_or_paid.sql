-- A user's level, where it is known, is free or paid.
SELECT user_id, level
FROM users
WHERE level NOT IN ('free', 'paid')
    AND user_id IN (
        SELECT user_id FROM user_months WHERE log_month BETWEEN :first_month AND :last_month
    )
