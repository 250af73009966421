"""The ready-made checks, one module per kind; ``healthchecks.ready_made`` lists them."""
