"""The viewer: an OTLP receiver that redacts again, a SQLite store, and the JSON API behind the page.

The data's way: ``receiver`` (HTTP, gRPC) -> ``intake`` (bounded queue) -> ``writer`` (one thread: ``decode``, redact,
``store``) -> ``api`` (read-only connections).
"""
