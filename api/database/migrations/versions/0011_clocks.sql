-- Every open incident and work order has a responsible party, a deadline and a next step.
--
-- `due_at` is the deadline of the responsible party. `next_action_at` is when the clock engine acts
-- next: it reminds, escalates, retries or ends the state. `clock_step` counts what it has done in
-- this state. A null `responsible_area` is the whole city.

-- An incident that no alert opened, such as one of a silent node, has a message of its own.
ALTER TABLE incident
    ADD COLUMN class text NOT NULL DEFAULT 'safety' CHECK (class IN ('safety', 'equipment')),
    ADD COLUMN message jsonb,
    ALTER COLUMN lead_alert DROP NOT NULL,
    ADD CHECK (lead_alert IS NOT NULL OR message IS NOT NULL);

ALTER TABLE incident RENAME COLUMN review_due_at TO due_at;
DROP INDEX incident_review;
DROP INDEX incident_filed;

ALTER TABLE incident
    ADD COLUMN responsible_kind    text CHECK (responsible_kind IN ('person', 'post', 'desk')),
    ADD COLUMN responsible_account bigint REFERENCES account (id),
    ADD COLUMN responsible_area    text COLLATE "C",
    ADD COLUMN next_step           text CHECK (next_step IN (
        'review', 'dispatch', 'accept', 'arrive', 'report', 'verify', 'archive', 'resume')),
    ADD COLUMN next_action_at      timestamptz,
    ADD COLUMN clock_step          integer NOT NULL DEFAULT 0,
    ADD COLUMN previous_state      text;  -- where a suspended incident resumes

ALTER TABLE work_order
    ADD COLUMN responsible_kind    text CHECK (responsible_kind IN ('person', 'post', 'desk')),
    ADD COLUMN responsible_account bigint REFERENCES account (id),
    ADD COLUMN responsible_area    text COLLATE "C",
    ADD COLUMN next_step           text,
    ADD COLUMN due_at              timestamptz;

-- Rows from before: what is open gets the party of its state.
UPDATE work_order SET
    due_at = next_action_at,
    responsible_kind = CASE WHEN state = 'dispatched' THEN 'post'
        WHEN state IN ('accepted', 'handling') AND assignee IS NOT NULL THEN 'person'
        ELSE 'desk' END,
    responsible_account = CASE WHEN state IN ('accepted', 'handling') THEN assignee END,
    responsible_area = area_code,
    next_step = CASE state WHEN 'dispatched' THEN 'accept' WHEN 'accepted' THEN 'arrive'
        WHEN 'handling' THEN 'report' WHEN 'suspended' THEN 'resume' ELSE 'verify' END
WHERE is_open;
UPDATE incident i SET
    due_at = w.due_at, next_action_at = w.next_action_at, next_step = w.next_step,
    responsible_kind = w.responsible_kind, responsible_account = w.responsible_account,
    responsible_area = w.responsible_area
FROM work_order w WHERE w.incident = i.id AND w.is_open AND i.is_open;
UPDATE incident SET
    due_at = CASE state WHEN 'stored' THEN created_at + interval '24 h'
        ELSE coalesce(due_at, created_at) END,
    next_action_at = CASE state WHEN 'stored' THEN created_at + interval '24 h'
        ELSE coalesce(due_at, created_at) END,
    next_step = CASE state WHEN 'new' THEN 'review' WHEN 'stored' THEN 'archive'
        WHEN 'suspended' THEN 'resume' WHEN 'feedback' THEN 'verify' WHEN 'verifying' THEN 'verify'
        ELSE 'dispatch' END,
    responsible_kind = 'desk', responsible_area = area_code
WHERE is_open AND next_step IS NULL;
UPDATE incident SET due_at = NULL WHERE NOT is_open;

ALTER TABLE incident
    ADD CONSTRAINT incident_open_has_clock CHECK (
        NOT is_open OR (responsible_kind IS NOT NULL AND due_at IS NOT NULL
                        AND next_step IS NOT NULL AND next_action_at IS NOT NULL)),
    ADD CONSTRAINT incident_responsible_person CHECK (
        responsible_kind <> 'person' OR responsible_account IS NOT NULL);
ALTER TABLE work_order
    ADD CONSTRAINT work_order_open_has_clock CHECK (
        NOT is_open OR (responsible_kind IS NOT NULL AND due_at IS NOT NULL
                        AND next_step IS NOT NULL AND next_action_at IS NOT NULL)),
    ADD CONSTRAINT work_order_responsible_person CHECK (
        responsible_kind <> 'person' OR responsible_account IS NOT NULL);

CREATE INDEX incident_next_action ON incident (next_action_at) WHERE next_action_at IS NOT NULL;
CREATE INDEX incident_due ON incident (due_at) WHERE is_open;
DROP INDEX work_order_due;

-- A notification may be about an incident without a work order, and says what it is for.
-- It is sent only while the incident is in `required_state`; null: whatever its state.
ALTER TABLE notification
    ALTER COLUMN work_order DROP NOT NULL,
    ADD COLUMN kind           text NOT NULL DEFAULT 'dispatch',
    ADD COLUMN required_state text;
UPDATE notification SET required_state = 'dispatched';
