"""From a finished span, log record or metric point to bytes that a backend has accepted.

Follow the data: ``guard`` (or ``metric_reader``) -> ``worker`` -> ``encoder`` -> ``queue`` -> ``sender``; ``seams``
holds the types between them, ``ledger`` counts at each.
"""
