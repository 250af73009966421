"""Makes ``otel_kit/stack/catalogue/metrics.yaml``, the names of all metrics of kit and stack; never in the wheel.

``python -m catalogue`` builds it from the package, the rules and ``recorded.yaml``; ``python -m catalogue.record``
starts the stack natively and records what its components call theirs.
"""
