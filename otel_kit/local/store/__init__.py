"""The SQLite file: schema, the one writer's statements, retention, and the readers' queries."""
