"""What the kit costs and what it finds: ``python -m benchmarks`` runs all of it, names pick some."""
