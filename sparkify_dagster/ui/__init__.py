"""Dagster's pages for one person: the code server, the daemon and the web server of `sparkify ui`.

- `guard` refuses requests that come from other web sites.
- `webserver` is Dagster's web server behind the guard.
- `processes` starts the three, watches them and stops them.
"""
