-- Whose verdict it is, with which probability an incident is audited, and what no camera reported.

-- A centre of the version before writes `stage`, and shows the verdicts of accounts only.
ALTER TABLE verdict
    DROP CONSTRAINT verdict_stage_check,
    ADD CONSTRAINT verdict_stage_check CHECK (stage IN (
        'review', 'on_site', 'verify', 'audit', 'camera_recheck', 'model')),
    ALTER COLUMN actor DROP NOT NULL,
    ADD CONSTRAINT verdict_actor_check CHECK (
        (actor IS NULL) = (stage IN ('camera_recheck', 'model'))),
    ADD COLUMN source text GENERATED ALWAYS AS (
        CASE WHEN stage IN ('review', 'verify') THEN 'desk' ELSE stage END) VIRTUAL,
    -- Given without sight of the score, the decision and earlier verdicts.
    ADD COLUMN is_blind boolean NOT NULL DEFAULT false,
    -- With which probability this verdict was asked for; NULL if nobody drew.
    ADD COLUMN inclusion_probability double precision
        CHECK (inclusion_probability > 0 AND inclusion_probability <= 1);

-- NULL: opened by a centre of the version before, or of no use for the accuracy, as a storm.
ALTER TABLE incident
    ADD COLUMN scenario_rev        bigint,            -- of the lead alert
    ADD COLUMN model               text,              -- of the lead alert, NAME@CHECKSUM
    ADD COLUMN audit_probability   double precision,  -- that it was drawn for an audit
    ADD COLUMN calibration_version integer,
    ADD COLUMN threshold_version   integer;

-- Since when a camera reports a scenario with one revision and one model.
CREATE TABLE camera_scenario (
    node         text NOT NULL,
    camera       text NOT NULL,
    scenario     text NOT NULL,
    scenario_rev bigint NOT NULL,
    model        text NOT NULL,  -- '' for a scenario without one
    first_at     timestamptz NOT NULL,
    PRIMARY KEY (node, camera, scenario, scenario_rev, model)
);

-- Audits of drawn incidents: of a first rater, of a second one, and the decision between both.
CREATE TABLE audit_task (
    incident              uuid NOT NULL REFERENCES incident (id) ON DELETE CASCADE,
    round                 smallint NOT NULL CHECK (round BETWEEN 1 AND 3),
    inclusion_probability double precision NOT NULL
        CHECK (inclusion_probability > 0 AND inclusion_probability <= 1),
    position              double precision NOT NULL,  -- in the queue, at random from 0 to 1
    created_at            timestamptz NOT NULL,
    verdict               uuid REFERENCES verdict (id),
    PRIMARY KEY (incident, round)
);
CREATE INDEX audit_task_queue ON audit_task (position) WHERE verdict IS NULL;

-- What happened inside the view of a camera, and no alert reported.
CREATE TABLE missed_event (
    id              uuid PRIMARY KEY DEFAULT uuidv7(),
    origin          text NOT NULL CHECK (origin IN ('patrol', 'hotline', 'field', 'police')),
    scenario        text NOT NULL,
    node            text NOT NULL,
    camera          text NOT NULL,
    area_code       text COLLATE "C",
    happened_at     timestamptz NOT NULL,
    note            text NOT NULL DEFAULT '',
    actor           bigint NOT NULL REFERENCES account (id),
    created_at      timestamptz NOT NULL,
    idempotency_key text UNIQUE
);
CREATE INDEX missed_event_newest ON missed_event (happened_at);
