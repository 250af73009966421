"""Where log records are written beside OTLP: console, files, syslog. All of them get redacted records."""
