"""Alert rules as code: one definition, one file of thresholds, written for Prometheus, for Loki and for Grafana.

``rule`` is what a rule is, ``families`` holds the rules, ``thresholds`` reads alerts/thresholds.yaml, ``declaration``
the user's section ``alerting``; ``prometheus``, ``loki`` and ``grafana`` write, ``checking`` refuses.
"""
