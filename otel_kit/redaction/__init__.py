"""Redaction of telemetry: the policy compiled into one total, thread-safe Redactor."""
