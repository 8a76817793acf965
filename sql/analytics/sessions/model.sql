-- kind: by month (log_month)
--
-- Visits of users, by month: a session over the end of a month has a row in each.
--
-- Device and browser are read from the user agent by the marks that browsers of their kind leave in
-- it. That is a rule of thumb: a browser may say what it likes, one built on another's engine and
-- named nowhere below counts as that one, and versions are not looked at.

WITH visits AS (
    SELECT
        user_id,
        session_id,
        TO_CHAR(day, 'YYYY-MM') AS log_month,
        MIN(first_ts)           AS first_ts,
        MAX(last_ts)            AS last_ts,
        SUM(plays)              AS plays,
        SUM(paid_plays)         AS paid_plays,
        MIN(location)           AS location,
        MIN(user_agent)         AS user_agent
    FROM session_days
    GROUP BY user_id, session_id, TO_CHAR(day, 'YYYY-MM')
),

agents AS (  -- a few thousand different ones at most: each is looked at once
    SELECT DISTINCT user_agent
    FROM visits
    WHERE user_agent IS NOT NULL
),

-- The order decides: Edge and Opera call themselves Chrome too, and Chrome calls itself Safari.
named_agents AS (
    SELECT
        user_agent,
        CASE
            WHEN user_agent LIKE '%iPhone%' OR user_agent LIKE '%iPod%' THEN 'iPhone'
            WHEN user_agent LIKE '%iPad%' THEN 'iPad'
            WHEN user_agent LIKE '%Windows%' THEN 'Windows'
            WHEN user_agent LIKE '%Android%' THEN 'Android'
            WHEN user_agent LIKE '%Macintosh%' THEN 'Mac'
            WHEN user_agent LIKE '%Linux%' OR user_agent LIKE '%X11%' THEN 'Linux'
            ELSE 'other'
        END AS device,
        CASE
            WHEN user_agent LIKE '%Edge/%' OR user_agent LIKE '%Edg/%'
                OR user_agent LIKE '%EdgA/%' OR user_agent LIKE '%EdgiOS/%' THEN 'Edge'
            WHEN user_agent LIKE '%OPR/%' OR user_agent LIKE '%Opera%' THEN 'Opera'
            WHEN user_agent LIKE '%Firefox/%' OR user_agent LIKE '%FxiOS/%' THEN 'Firefox'
            WHEN user_agent LIKE '%Chrome/%' OR user_agent LIKE '%CriOS/%' THEN 'Chrome'
            WHEN user_agent LIKE '%MSIE %' OR user_agent LIKE '%Trident/%' THEN 'Internet Explorer'
            WHEN user_agent LIKE '%Android%' AND user_agent LIKE '%Safari/%' THEN 'Android Browser'
            WHEN user_agent LIKE '%Safari/%' THEN 'Safari'
            ELSE 'other'
        END AS browser
    FROM agents
)

SELECT
    visits.user_id,
    visits.session_id,
    visits.log_month,
    DATEADD(
        ms, CAST(visits.first_ts % 86400000 AS INTEGER),
        DATEADD(
            day, CAST(visits.first_ts / 86400000 AS INTEGER), CAST('1970-01-01' AS TIMESTAMP)
        )
    )                                         AS started_at,
    (visits.last_ts - visits.first_ts) / 1000 AS seconds,
    visits.plays,
    visits.paid_plays,
    visits.location,
    COALESCE(named_agents.device, 'unknown')  AS device,
    COALESCE(named_agents.browser, 'unknown') AS browser
FROM visits
LEFT JOIN named_agents ON named_agents.user_agent = visits.user_agent;
