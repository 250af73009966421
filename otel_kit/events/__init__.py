"""Typed events and the alerts that an application raises: log records with a name, a category and checked fields."""
