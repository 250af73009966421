"""otel-kit."""
