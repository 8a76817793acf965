"""What people look at: the dashboard, one HTML file, and small charts for Dagster's pages.

Knows the warehouse and its tables, and nothing of Dagster.
"""

from sparkify_dagster.dashboard.page import DashboardSummary, write_dashboard
from sparkify_dagster.dashboard.pictures import chart_of, chart_query

__all__ = ["DashboardSummary", "chart_of", "chart_query", "write_dashboard"]
