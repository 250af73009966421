"""OTLP requests as rows: parsing, the receiver's redaction, and what of a request is unusable."""
