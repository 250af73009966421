"""The redaction policy: rules and key classes as YAML, loaded, checked and merged."""
