"""What people look at: the dashboard, one HTML file, and small charts for Dagster's pages.

Knows the warehouse and the SQL files, and nothing of Dagster.
"""

from sparkify_dagster.dashboard.page import DashboardSummary, write_dashboard
from sparkify_dagster.dashboard.pictures import Chart, chart_of, read_chart
from sparkify_dagster.dashboard.publish import Published, dashboard_link, publish_dashboard

__all__ = [
    "Chart",
    "DashboardSummary",
    "Published",
    "chart_of",
    "dashboard_link",
    "publish_dashboard",
    "read_chart",
    "write_dashboard",
]
