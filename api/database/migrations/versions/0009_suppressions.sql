-- Calls are withheld, evidence is kept: for whom, why, and until when.

CREATE TABLE suppression (
    id          uuid PRIMARY KEY DEFAULT uuidv7(),
    kind        text NOT NULL CHECK (kind IN ('suppression', 'maintenance', 'shelving')),
    node        text,
    camera      text,
    zone        text,
    scenario    text,
    area_code   text COLLATE "C",
    reason      text NOT NULL CHECK (btrim(reason) <> ''),
    starts_at   timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL,
    includes_life_and_limb boolean NOT NULL DEFAULT false,
    incident    uuid REFERENCES incident (id),
    area        text COLLATE "C" NOT NULL,   -- whose desks see it
    created_by  bigint NOT NULL REFERENCES account (id),
    created_at  timestamptz NOT NULL,
    ended_by    bigint REFERENCES account (id),
    idem_key    text UNIQUE,
    CHECK (ends_at >= starts_at),
    CHECK (coalesce(camera, scenario, area_code) IS NOT NULL),
    CHECK ((camera IS NULL) = (node IS NULL)),
    CHECK (zone IS NULL OR camera IS NOT NULL)
);
CREATE INDEX suppression_end ON suppression (ends_at);
