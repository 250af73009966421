"""Pictures of the boards for the documentation, drawn from what the stores of a live stack return.

It is our own drawing of a board's file, not Grafana: the same places, titles, units, limits and data, other strokes.
``python -m dashboards.pictures`` starts the stack with the shop, lets it run and fail, asks every query, and draws.
"""
