-- Columns are named after what they hold: reports and drills of cameras, reports of nodes.

ALTER TABLE camera RENAME COLUMN told_at TO reported_at;
ALTER TABLE camera RENAME COLUMN proven_at TO drill_passed_at;

ALTER TABLE node_health RENAME COLUMN told_at TO measured_at;
ALTER TABLE node_health RENAME COLUMN said TO report;

ALTER TABLE node_config RENAME COLUMN written TO source_toml;

-- The position of the newest deleted event: a page that is behind it has missed events.
ALTER TABLE event_log_tidied RENAME TO event_log_deleted;
ALTER TABLE event_log_deleted RENAME CONSTRAINT event_log_tidied_pkey TO event_log_deleted_pkey;
ALTER TABLE event_log_deleted
    RENAME CONSTRAINT event_log_tidied_is_one_check TO event_log_deleted_is_one_check;
