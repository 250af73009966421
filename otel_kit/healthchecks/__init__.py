"""Health: checks of what the application depends on, their results, and the report that ``/health`` answers with."""
