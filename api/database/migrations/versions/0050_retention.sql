-- Retention by rule: what is deleted, what may not be, and a record of what was.

-- What has been deleted of the evidence: a later upload does not bring it back, and the record
-- proves when and why it went. The bytes go after the commit; until then `bytes_deleted_at` is null.
CREATE TABLE deleted_evidence (
    sha256           text PRIMARY KEY,
    bytes            bigint NOT NULL,
    node             text,
    account          bigint,
    stored_at        timestamptz NOT NULL,
    deleted_at       timestamptz NOT NULL,
    erasure          uuid,               -- the request that demanded it; null: its term was over
    bytes_deleted_at timestamptz
);
CREATE INDEX deleted_evidence_waiting ON deleted_evidence (deleted_at) WHERE bytes_deleted_at IS NULL;

-- What a hold names is not deleted, whatever its age, until a person releases the hold.
CREATE TABLE legal_hold (
    id             uuid PRIMARY KEY DEFAULT uuidv7(),
    reason         text NOT NULL CHECK (reason <> ''),
    authority      text NOT NULL CHECK (authority <> ''),  -- who demands it, with the file number
    incident       uuid,                  -- one incident with all that belongs to it,
    area_code      text COLLATE "C",      -- or all of an area
    node           text,                  -- or of a camera,
    camera         text,
    since          timestamptz,           -- opened in this time
    until          timestamptz,
    placed_by      text NOT NULL,
    placed_at      timestamptz NOT NULL,
    review_at      timestamptz NOT NULL,  -- when somebody has to decide whether it is still needed
    released_by    text,
    released_at    timestamptz,
    release_reason text NOT NULL DEFAULT '',
    CHECK ((incident IS NOT NULL) <> (area_code IS NOT NULL OR camera IS NOT NULL)),
    CHECK ((camera IS NULL) = (node IS NULL)),
    CHECK (incident IS NOT NULL OR (since IS NOT NULL AND until IS NOT NULL AND since < until)),
    CHECK ((released_by IS NULL) = (released_at IS NULL))
);
CREATE INDEX legal_hold_active ON legal_hold (review_at) WHERE released_at IS NULL;

CREATE FUNCTION is_held(incident incident) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM legal_hold h
        WHERE h.released_at IS NULL AND (
            h.incident IN (incident.id, incident.root)
            OR incident.created_at >= h.since AND incident.created_at < h.until
                AND (h.area_code IS NULL OR starts_with(incident.area_code, h.area_code))
                AND (h.camera IS NULL OR (incident.node, incident.camera) = (h.node, h.camera))))
$$;

-- A person asks that pictures be erased. One account records it, another decides.
CREATE TABLE erasure_request (
    id           uuid PRIMARY KEY DEFAULT uuidv7(),
    reference    text NOT NULL CHECK (reference <> ''),  -- file number of the letter; no name
    reason       text NOT NULL CHECK (reason <> ''),
    incidents    uuid[] NOT NULL CHECK (cardinality(incidents) > 0),
    recorded_by  text NOT NULL,
    recorded_at  timestamptz NOT NULL,
    due_at       timestamptz NOT NULL,
    decision     text CHECK (decision IN ('granted', 'refused')),
    decided_by   text CHECK (decided_by <> recorded_by),
    decided_at   timestamptz,
    decision_reason text NOT NULL DEFAULT '',
    n_erased     bigint NOT NULL DEFAULT 0,
    CHECK ((decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by IS NULL))
);
CREATE INDEX erasure_request_open ON erasure_request (due_at) WHERE decision IS NULL;

-- The rows of these tables are never changed, and deleted only by a transaction that says so.
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME IN ('verdict', 'audit_log')
            AND current_setting('gridwatch.retention', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% only grows', TG_TABLE_NAME;
END $$;

-- How far the entries of the audit log have been deleted; the blocks of their hashes stay.
CREATE TABLE audit_deleted (
    is_one      boolean PRIMARY KEY DEFAULT true CHECK (is_one),
    until_block bigint NOT NULL
);

-- The result of the last complete check of the audit log by the centre itself.
CREATE TABLE audit_check (
    is_one     boolean PRIMARY KEY DEFAULT true CHECK (is_one),
    checked_at timestamptz NOT NULL,
    entries    bigint NOT NULL,
    n_findings bigint NOT NULL,
    found_at   timestamptz              -- since when there are findings
);
