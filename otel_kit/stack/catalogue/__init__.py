"""The names of all metrics that kit and stack have in Prometheus, and which of them a query uses.

A board or a rule that names a metric that nothing sends shows "no data" for ever and never fires: the names of both are
looked up here. ``metrics.yaml`` is made by ``python -m catalogue``, which is not part of the wheel.
"""

from otel_kit.stack.catalogue.metric import Metric
from otel_kit.stack.catalogue.names import known
from otel_kit.stack.catalogue.queries import NotPromQL, metrics_in, unknown_in

__all__ = ["Metric", "NotPromQL", "known", "metrics_in", "unknown_in"]
