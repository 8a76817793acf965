"""What people look at: the dashboard, one HTML file, and small charts for Dagster's pages.

Knows the warehouse and the SQL files, and nothing of Dagster.
"""

from sparkify_dagster.dashboard.page import DashboardSummary, write_dashboard
from sparkify_dagster.dashboard.pictures import Chart, chart_of, read_chart

__all__ = ["Chart", "DashboardSummary", "chart_of", "read_chart", "write_dashboard"]
