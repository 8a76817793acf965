-- What readers may read: the star and the analytics, not staging and not the ledger.
--
-- Once, by the owner of the database or a superuser, on PostgreSQL and on Redshift alike:
--     CREATE GROUP sparkify_readers;
--     ALTER GROUP sparkify_readers ADD USER ada;
-- Then, as the user who loads (the owner of the tables), this file: `psql -f sql/roles/readers.sql`,
-- or pasted into Redshift's query editor. It may be run any number of times. Privileges go with a
-- table that is dropped: run it again after reset_warehouse, and after a load with a new version of
-- this project, which makes tables anew whose columns changed.

GRANT USAGE ON SCHEMA public TO GROUP sparkify_readers;

-- The star.
GRANT SELECT ON TABLE
    public.songplays,
    public.users,
    public.songs,
    public.artists,
    public.time
TO GROUP sparkify_readers;

-- What the company asks of the star.
GRANT SELECT ON TABLE
    public.user_days,
    public.user_levels,
    public.listens,
    public.daily_plays,
    public.listening_hours,
    public.sessions,
    public.daily_users,
    public.weekly_retention,
    public.level_changes,
    public.monthly_users,
    public.songs_to_acquire,
    public.artist_popularity,
    public.favourite_songs,
    public.similar_songs,
    public.recommendations
TO GROUP sparkify_readers;
