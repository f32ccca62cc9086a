-- Facts that decide something get columns and tables of their own; until now they were read
-- from the audit log, which is only written from here on.

-- When the system filed the incident by itself; null if a person did, or nobody has.
ALTER TABLE incident ADD COLUMN auto_filed_at timestamptz;
UPDATE incident i SET auto_filed_at = a.at
FROM (SELECT incident, min(at) AS at FROM audit_log
      WHERE action = 'file' AND actor = 'system' GROUP BY incident) a
WHERE a.incident = i.id;

ALTER TABLE incident RENAME COLUMN happening_over TO is_over;

-- How often it was escalated; why it was returned: its time ran out, or a worker declined it.
ALTER TABLE work_order
    ADD COLUMN rounds      integer NOT NULL DEFAULT 0,
    ADD COLUMN has_expired boolean NOT NULL DEFAULT false,
    ADD COLUMN declined_by bigint REFERENCES account (id);
UPDATE work_order w SET rounds = a.n
FROM (SELECT work_order, count(*) AS n FROM audit_log
      WHERE action = 'escalate' GROUP BY work_order) a
WHERE a.work_order = w.id;
UPDATE work_order w SET has_expired = true
WHERE EXISTS (SELECT FROM audit_log a WHERE a.work_order = w.id AND a.action = 'expire');
UPDATE work_order w SET declined_by = c.id
FROM audit_log a JOIN account c ON c.name = a.actor
WHERE a.work_order = w.id AND a.action = 'return';
CREATE INDEX work_order_declined ON work_order (incident) WHERE declined_by IS NOT NULL;

-- What the handler found and did; rework adds a row, and the newest one counts.
CREATE TABLE field_report (
    id         uuid PRIMARY KEY DEFAULT uuidv7(),
    work_order uuid NOT NULL REFERENCES work_order (id),
    incident   uuid NOT NULL REFERENCES incident (id),
    account    bigint REFERENCES account (id),
    note       text NOT NULL DEFAULT '',
    found      boolean,
    photos     text[] NOT NULL DEFAULT '{}',
    at         timestamptz NOT NULL
);
INSERT INTO field_report (work_order, incident, account, note, found, photos, at)
SELECT a.work_order, a.incident, c.id, coalesce(a.detail ->> 'note', ''),
    CAST(a.detail ->> 'found' AS boolean),
    ARRAY(SELECT jsonb_array_elements_text(coalesce(a.detail -> 'photos', '[]'))), a.at
FROM audit_log a LEFT JOIN account c ON c.name = a.actor
WHERE a.action = 'report' AND a.work_order IS NOT NULL
ORDER BY a.seq;
CREATE INDEX field_report_order ON field_report (work_order, at DESC, id DESC);
CREATE INDEX field_report_photos ON field_report USING gin (photos);

-- Requests that were carried out, as phones and pages repeat them.
CREATE TABLE idempotency_key (
    key        text PRIMARY KEY,
    action     text NOT NULL,
    incident   uuid,
    work_order uuid,
    at         timestamptz NOT NULL
);
INSERT INTO idempotency_key (key, action, incident, work_order, at)
SELECT idem_key, action, incident, work_order, at FROM audit_log WHERE idem_key IS NOT NULL;

DROP INDEX audit_log_photos;
ALTER TABLE audit_log DROP COLUMN idem_key;

-- Names from the city down to the area of a code.
CREATE FUNCTION area_path(code text) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(a.name ORDER BY length(a.code)) FROM area a
    WHERE a.code = ANY (ARRAY[left($1, 4), left($1, 6), left($1, 9), left($1, 12),
                              left($1, 15), left($1, 18)])
$$;
