-- Another view of an incident that was closed a moment ago is its recurrence.

DROP INDEX incident_open_family;
CREATE INDEX incident_recent_family ON incident (family, last_at);
