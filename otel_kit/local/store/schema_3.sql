-- Version 3: log records that are events, by what they are chosen by; id is the log record's. Absent parts are ''.
CREATE TABLE event (
  id INTEGER PRIMARY KEY, time INTEGER NOT NULL, service TEXT NOT NULL, name TEXT NOT NULL, category TEXT NOT NULL,
  outcome TEXT NOT NULL, tier TEXT NOT NULL
);
CREATE INDEX event_by_time ON event (time, category, name, outcome, service); -- counting reads nothing else
CREATE INDEX event_by_category ON event (category, time);
CREATE INDEX event_by_name ON event (name, time);
INSERT INTO event
SELECT log.id, log.time, resource.service, log.event_name,
  ifnull(json_extract(log.attributes, '$."event.category"'), ''),
  ifnull(json_extract(log.attributes, '$."event.outcome"'), ''),
  ifnull(json_extract(log.attributes, '$."retention.tier"'), '')
FROM log JOIN resource ON resource.id = log.resource_id WHERE log.event_name IS NOT NULL;
