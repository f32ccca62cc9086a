-- Accounts that viewed unusually much evidence, at an unusual hour or in an unusual area.
CREATE TABLE access_finding (
    id          uuid PRIMARY KEY DEFAULT uuidv7(),
    kind        text NOT NULL,          -- volume, hour, area
    actor       text NOT NULL,
    area_code   text COLLATE "C",       -- of the account, when it was found
    hour        timestamptz NOT NULL,   -- the hour in which it happened, from its start
    n_views     bigint NOT NULL,
    usual       bigint NOT NULL,        -- views in the busiest hour before; 0 for hour and area
    found_at    timestamptz NOT NULL,
    reviewed_by text,
    reviewed_at timestamptz,
    note        text NOT NULL DEFAULT '',
    UNIQUE (actor, kind, hour),
    CHECK ((reviewed_by IS NULL) = (reviewed_at IS NULL))
);
CREATE INDEX access_finding_open ON access_finding (found_at) WHERE reviewed_at IS NULL;
