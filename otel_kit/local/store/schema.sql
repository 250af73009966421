-- Version 1 of the viewer's file. Times and durations are nanoseconds, attributes JSON objects, ids raw bytes.
-- Rows are appended with growing ids and pruned from the low end, so ids tell the order of arrival.

-- What many rows share. last_block is the newest block that used the row: when that block is pruned, so is the row.
CREATE TABLE resource (
  id INTEGER PRIMARY KEY, service TEXT NOT NULL, attributes TEXT NOT NULL, last_block INTEGER NOT NULL,
  UNIQUE (attributes, service)
);
CREATE TABLE scope (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, attributes TEXT NOT NULL,
  last_block INTEGER NOT NULL, UNIQUE (name, version, attributes)
);
CREATE TABLE span_name (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, last_block INTEGER NOT NULL);
-- How SERVER spans are counted: one row per service, method and route.
CREATE TABLE entry (
  id INTEGER PRIMARY KEY, service TEXT NOT NULL, method TEXT NOT NULL, route TEXT NOT NULL,
  last_block INTEGER NOT NULL, UNIQUE (service, method, route)
);
CREATE TABLE metric (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, unit TEXT NOT NULL, description TEXT NOT NULL, type TEXT NOT NULL,
  monotonic INTEGER, temporality INTEGER, last_block INTEGER NOT NULL
);
CREATE INDEX metric_by_name ON metric (name);
CREATE TABLE series (
  id INTEGER PRIMARY KEY, metric_id INTEGER NOT NULL, resource_id INTEGER NOT NULL, scope_id INTEGER NOT NULL,
  attributes TEXT NOT NULL, last_block INTEGER NOT NULL, UNIQUE (metric_id, resource_id, scope_id, attributes)
);

CREATE TABLE span (
  id INTEGER PRIMARY KEY, trace_id BLOB NOT NULL, span_id BLOB NOT NULL, parent_id BLOB,
  resource_id INTEGER NOT NULL, scope_id INTEGER NOT NULL, name_id INTEGER NOT NULL, kind INTEGER NOT NULL,
  start INTEGER NOT NULL, duration INTEGER NOT NULL, status INTEGER NOT NULL, status_message TEXT, trace_state TEXT,
  entry_id INTEGER, speed INTEGER NOT NULL, -- speed: class of the duration, see store/speed.py
  attributes TEXT NOT NULL, events TEXT, links TEXT, dropped TEXT, tokens TEXT NOT NULL
);
CREATE INDEX span_by_trace ON span (trace_id, start);
CREATE INDEX span_by_start ON span (start, trace_id);
CREATE INDEX span_errors ON span (start) WHERE status = 2;
CREATE INDEX span_entries ON span (start, entry_id, speed, status) WHERE entry_id IS NOT NULL;
CREATE VIRTUAL TABLE span_token USING fts5(
  tokens, content='span', content_rowid='id', detail=none, columnsize=0, tokenize='ascii'
);

CREATE TABLE log (
  id INTEGER PRIMARY KEY, time INTEGER NOT NULL, observed INTEGER NOT NULL, severity INTEGER NOT NULL,
  severity_text TEXT, resource_id INTEGER NOT NULL, scope_id INTEGER NOT NULL, logger TEXT, body TEXT NOT NULL,
  body_is_json INTEGER NOT NULL, event_name TEXT, trace_id BLOB, span_id BLOB, attributes TEXT NOT NULL,
  dropped INTEGER NOT NULL, tokens TEXT NOT NULL
);
CREATE INDEX log_by_time ON log (time);
CREATE INDEX log_by_trace ON log (trace_id, time) WHERE trace_id IS NOT NULL;
-- Substring search of any length from three characters: LIKE on this table uses the trigrams.
CREATE VIRTUAL TABLE log_text USING fts5(
  body, content='log', content_rowid='id', detail=none, columnsize=0, tokenize='trigram'
);
CREATE VIRTUAL TABLE log_token USING fts5(
  tokens, content='log', content_rowid='id', detail=none, columnsize=0, tokenize='ascii'
);

CREATE TABLE point (
  id INTEGER PRIMARY KEY, series_id INTEGER NOT NULL, time INTEGER NOT NULL, start INTEGER NOT NULL,
  flags INTEGER NOT NULL, value, count INTEGER, sum REAL, low REAL, high REAL, detail TEXT
);
CREATE INDEX point_by_series ON point (series_id, time);
CREATE TABLE exemplar (
  id INTEGER PRIMARY KEY, point_id INTEGER NOT NULL, series_id INTEGER NOT NULL, time INTEGER NOT NULL, value,
  trace_id BLOB, span_id BLOB, attributes TEXT NOT NULL
);
CREATE INDEX exemplar_by_series ON exemplar (series_id, time);
CREATE INDEX exemplar_by_point ON exemplar (point_id);

-- Blocks: runs of rows that arrived together. They say which ids can hold a time (search reads no others), and are what
-- retention prunes. first_* is the first id, end_* one behind the last; *_min and *_max the times within.
CREATE TABLE block (
  id INTEGER PRIMARY KEY, received INTEGER NOT NULL,
  span_first INTEGER NOT NULL, span_end INTEGER NOT NULL, span_min INTEGER, span_max INTEGER,
  log_first INTEGER NOT NULL, log_end INTEGER NOT NULL, log_min INTEGER, log_max INTEGER,
  point_first INTEGER NOT NULL, point_end INTEGER NOT NULL, point_min INTEGER, point_max INTEGER
);
CREATE TABLE service_tally (
  block_id INTEGER NOT NULL, service TEXT NOT NULL, spans INTEGER NOT NULL, logs INTEGER NOT NULL,
  errors INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (block_id, service)
) WITHOUT ROWID;

-- What the receiver still had to alter, in all the file's life: kind is rule, error, repaired or truncated.
CREATE TABLE receiver_redaction (
  kind TEXT NOT NULL, rule TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (kind, rule)
) WITHOUT ROWID;
