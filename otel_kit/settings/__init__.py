"""Settings: the table of options, loading with origin, explaining."""
