-- Since when an incident has been in its state; null for one that is still in its first state.
-- Those from before get the time of the last step that the audit log has.

ALTER TABLE incident ADD COLUMN state_since timestamptz;
UPDATE incident i SET state_since = a.at
FROM (SELECT incident, max(at) AS at FROM audit_log
      WHERE from_state IS DISTINCT FROM to_state GROUP BY incident) a
WHERE a.incident = i.id AND i.is_open;
