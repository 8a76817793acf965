"""What people look at: the dashboard, one HTML file, and small charts for Dagster's pages.

Knows the warehouse and its tables, and nothing of Dagster.
"""

from sparkify_dagster.dashboard.page import DashboardSummary, write_dashboard
from sparkify_dagster.dashboard.pictures import chart_of, chart_query
from sparkify_dagster.dashboard.publish import Published, dashboard_link, publish_dashboard

__all__ = [
    "DashboardSummary",
    "Published",
    "chart_of",
    "chart_query",
    "dashboard_link",
    "publish_dashboard",
    "write_dashboard",
]
