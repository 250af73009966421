"""Log records: from standard library logging into OpenTelemetry, and redaction of what other handlers print."""
