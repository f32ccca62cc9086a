-- What a worker recorded on the phone and the centre could not apply to the order.
CREATE TABLE field_record (
    id          uuid PRIMARY KEY DEFAULT uuidv7(),
    work_order  uuid NOT NULL REFERENCES work_order (id),
    incident    uuid NOT NULL REFERENCES incident (id),
    account     bigint NOT NULL REFERENCES account (id),
    action      text NOT NULL,
    refused_as  text NOT NULL,              -- code of the refusal
    note        text NOT NULL DEFAULT '',
    found       boolean,
    photos      text[] NOT NULL DEFAULT '{}',
    recorded_at timestamptz NOT NULL,       -- by the clock of the phone
    at          timestamptz NOT NULL
);
CREATE INDEX field_record_incident ON field_record (incident, at, id);
CREATE INDEX field_record_photos ON field_record USING gin (photos);

-- Who took an order back from its workers, and why; they read it on their phones.
ALTER TABLE work_order
    ADD COLUMN withdrawn_by bigint REFERENCES account (id),
    ADD COLUMN withdrawn_reason text NOT NULL DEFAULT '';
CREATE INDEX work_order_withdrawn ON work_order (incident, dispatched_at)
    WHERE withdrawn_by IS NOT NULL;
