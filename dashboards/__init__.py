"""Writes the boards of Grafana: one file of ``boards/`` is one board, everything around it is how boards are made."""
