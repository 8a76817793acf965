"""The interface to Dagster: one module per concept.

table        the asset of a table: it builds the table and reports its checks
results      which months of a run are reported as materialised
staging      the assets staging_events and staging_songs
cluster      the asset redshift_cluster, and the jobs of the cluster
dashboard    the asset dashboard
metadata     what assets say about their tables
jobs         pieces of work that a person, a sensor or a schedule starts
sensors      start them as files arrive (`requests` decides, `records` reads the instance)
schedules    start them by the clock
alerts       report a run that failed
retention    deletes old runs
resources    the warehouse and the source, for all of these and for your own assets

Nothing below this package knows of Dagster, and nothing here knows which engine is used.
"""
