-- kind: full
--
-- Active users by day, week and month, and new users.
-- The trailing windows are counted in one pass: a user enters a window on an active day and leaves
-- it 7 (30) days later, or is counted on from the next active day if that comes sooner.

WITH visits AS (
    SELECT
        day,
        LAG(day) OVER (PARTITION BY user_id ORDER BY day)  AS previous_day,
        LEAD(day) OVER (PARTITION BY user_id ORDER BY day) AS next_day
    FROM user_days
),

moves AS (
    SELECT
        day,
        1 AS active,
        CASE WHEN previous_day IS NULL THEN 1 ELSE 0 END AS first_visit,
        1 AS weekly,
        1 AS monthly
    FROM visits
    UNION ALL
    SELECT
        CASE WHEN next_day < day + 7 THEN next_day ELSE day + 7 END,
        0,
        0,
        -1,
        0
    FROM visits
    UNION ALL
    SELECT
        CASE WHEN next_day < day + 30 THEN next_day ELSE day + 30 END,
        0,
        0,
        0,
        -1
    FROM visits
),

days AS (
    SELECT
        day,
        SUM(active)      AS active_users,
        SUM(first_visit) AS new_users,
        SUM(weekly)      AS weekly_move,
        SUM(monthly)     AS monthly_move
    FROM moves
    GROUP BY day
),

totals AS (
    SELECT
        day,
        active_users,
        new_users,
        SUM(weekly_move) OVER (ORDER BY day ROWS UNBOUNDED PRECEDING)  AS weekly_active,
        SUM(monthly_move) OVER (ORDER BY day ROWS UNBOUNDED PRECEDING) AS monthly_active
    FROM days
)

SELECT day, active_users, new_users, weekly_active, monthly_active
FROM totals
WHERE active_users > 0;
