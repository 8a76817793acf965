-- kind: full
-- partitions: log months
--
-- Everyone who appears in the log, as the latest event shows them.

SELECT user_id, first_name, last_name, gender, level
FROM daily_user_profiles AS profiles  -- Redshift requires an alias before QUALIFY
QUALIFY ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY day DESC) = 1;
