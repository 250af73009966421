-- Version 2: where the receiver still had to alter something, or what rules in report mode found.
-- Bounded: beyond a limit the key, and then the service, is "(other)". last is nanoseconds.
CREATE TABLE receiver_place (
  service TEXT NOT NULL, rule TEXT NOT NULL, key TEXT NOT NULL,
  hits INTEGER NOT NULL, reported INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (service, rule, key)
) WITHOUT ROWID;
