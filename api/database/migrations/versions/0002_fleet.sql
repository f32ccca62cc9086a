-- Boxes from afar: how they fare, what is wanted of them, what they were asked, what is amiss.

-- How far its clock is ahead of ours, in seconds, as its last health told; negative: behind.
ALTER TABLE node
    ADD COLUMN state_at timestamptz,
    ADD COLUMN software text NOT NULL DEFAULT '',
    ADD COLUMN skew_s   double precision;

-- `told_at` is our clock, `state_at` the box's; `proven_at` is when an exercise alert last arrived.
ALTER TABLE camera
    ADD COLUMN told_at   timestamptz,
    ADD COLUMN first_at  timestamptz,
    ADD COLUMN proven_at timestamptz;

-- What is known from before: the closest that was kept.
UPDATE node SET state_at = seen_at;
UPDATE camera SET told_at = state_at, first_at = state_at;

-- Since when the lowest hole of a boot has been open; who has given its rows up for lost.
ALTER TABLE boot
    ADD COLUMN hole_since   timestamptz,
    ADD COLUMN given_up_at  timestamptz,
    ADD COLUMN given_up_by  text;
CREATE INDEX boot_holes ON boot (hole_since) WHERE hole_since IS NOT NULL AND given_up_at IS NULL;

-- The latest word of each box on itself and its cameras, as it was said.
CREATE TABLE node_health (
    node        text PRIMARY KEY REFERENCES node (name) ON DELETE CASCADE,
    told_at     timestamptz NOT NULL,      -- by its own clock
    received_at timestamptz NOT NULL,
    said        jsonb NOT NULL
);

-- What was wanted of a box, each revision whole; `config` is the text that is signed.
CREATE TABLE node_config (
    node    text NOT NULL REFERENCES node (name) ON DELETE CASCADE,
    rev     bigint NOT NULL,
    config  text NOT NULL,
    sha256  text NOT NULL,
    written text NOT NULL DEFAULT '',      -- the TOML as a person wrote it, with its comments
    author  text NOT NULL,
    note    text NOT NULL DEFAULT '',
    at      timestamptz NOT NULL,
    PRIMARY KEY (node, rev)
);

-- What a box says it obeys, and what became of the last revision it was sent.
CREATE TABLE node_reported (
    node        text PRIMARY KEY REFERENCES node (name) ON DELETE CASCADE,
    rev         bigint NOT NULL,
    sha256      text,
    seen_rev    bigint NOT NULL,
    outcome     text NOT NULL CHECK (outcome IN ('success', 'partial', 'failure')),
    refused     jsonb NOT NULL DEFAULT '[]',
    config      text NOT NULL,
    received_at timestamptz NOT NULL
);

-- One row a question; the reply of the box is kept whole.
CREATE TABLE command (
    id         uuid PRIMARY KEY DEFAULT uuidv7(),
    node       text NOT NULL REFERENCES node (name) ON DELETE CASCADE,
    kind       text NOT NULL,
    camera     text,
    author     text NOT NULL,
    at         timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > at),
    idem_key   text UNIQUE,
    sent_at    timestamptz,
    replied_at timestamptz,
    state      text CHECK (state IN ('done', 'failed', 'refused', 'expired')),
    reply      jsonb
);
CREATE INDEX command_node ON command (node, at DESC, id DESC);
CREATE INDEX command_waiting ON command (at) WHERE replied_at IS NULL;

-- What is amiss in the fleet, from when to when; one open row a fault.
CREATE TABLE fleet_alarm (
    id       uuid PRIMARY KEY DEFAULT uuidv7(),
    kind     text NOT NULL,
    node     text NOT NULL REFERENCES node (name) ON DELETE CASCADE,
    camera   text NOT NULL DEFAULT '',
    since    timestamptz NOT NULL,
    ended_at timestamptz,
    detail   jsonb NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX fleet_alarm_one_open ON fleet_alarm (node, camera, kind) WHERE ended_at IS NULL;
CREATE INDEX fleet_alarm_newest ON fleet_alarm (since DESC);
