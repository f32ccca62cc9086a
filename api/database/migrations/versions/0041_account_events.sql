-- `account`: its logins have changed, and its open pages check theirs.
ALTER TABLE event_log
    DROP CONSTRAINT event_log_topic_check,
    ADD CONSTRAINT event_log_topic_check CHECK (topic IN (
        'incident', 'order', 'notification', 'camera', 'node', 'quarantine', 'account'));
