-- Both methods are measured on the same users, and hit no more users than these.
SELECT one.method, one.users, one.hits
FROM recommendation_quality AS one
CROSS JOIN recommendation_quality AS other
WHERE one.users <> other.users
    OR one.hits > one.users
