-- The centre's first schema. Core PostgreSQL only: the embedded server has no extensions.
-- Times are timestamptz, ids UUIDv7; `version` columns are for compare-and-swap.

-- Places ------------------------------------------------------------------------------------

CREATE TABLE area (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code    text COLLATE "C" NOT NULL UNIQUE CHECK (code ~ '^[0-9]+$' AND length(code) IN (4, 6, 9, 12, 15, 18)),
    level   text NOT NULL CHECK (level IN ('city', 'district', 'street', 'community', 'grid', 'micro_grid')),
    parent  text COLLATE "C" REFERENCES area (code),
    name    text NOT NULL,
    CHECK (parent IS NULL OR starts_with(code, parent))
);

-- Rows, as a built-in polygon has neither parts nor holes.
CREATE TABLE area_part (
    code     text COLLATE "C" NOT NULL REFERENCES area (code) ON DELETE CASCADE,
    boundary polygon NOT NULL
);
CREATE INDEX area_part_box ON area_part USING gist (box(boundary));
CREATE INDEX area_part_code ON area_part (code);

-- Boxes and cameras -------------------------------------------------------------------------

CREATE TABLE node (
    name        text PRIMARY KEY,          -- district/site/node
    key         bytea NOT NULL,            -- signs its messages
    enrolled_at timestamptz NOT NULL,
    state       text NOT NULL DEFAULT 'unknown' CHECK (state IN ('unknown', 'online', 'offline', 'stopped')),
    boot_id     text,
    seen_at     timestamptz
);

CREATE TABLE camera (
    node       text NOT NULL,
    name       text NOT NULL,
    lon        double precision,
    lat        double precision,
    area_code  text COLLATE "C",           -- micro-grid it looks at
    site_group text,                       -- cameras of one group share their incidents
    state      text NOT NULL DEFAULT 'unknown',
    reason     text NOT NULL DEFAULT '',
    state_at   timestamptz,
    PRIMARY KEY (node, name)
);

-- People, by role codes ---------------------------------------------------------------------

CREATE TABLE account (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text NOT NULL UNIQUE,
    role          text NOT NULL CHECK (role IN ('operator', 'supervisor', 'worker', 'author', 'auditor', 'admin')),
    area_code     text COLLATE "C" NOT NULL REFERENCES area (code),  -- sees and does nothing outside
    language      text NOT NULL DEFAULT 'zh-CN' CHECK (language IN ('zh-CN', 'en')),
    password_hash text NOT NULL,
    active        boolean NOT NULL DEFAULT true
);

CREATE TABLE login (
    token_hash bytea PRIMARY KEY,
    account    bigint NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    expires_at timestamptz NOT NULL
);

CREATE TABLE channel (
    account bigint NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    kind    text NOT NULL CHECK (kind IN ('app', 'webhook')),
    address text NOT NULL DEFAULT '',
    PRIMARY KEY (account, kind)
);

-- int8range stands for equality, which GiST lacks without btree_gist.
CREATE TABLE shift (
    id        uuid PRIMARY KEY DEFAULT uuidv7(),
    account   bigint NOT NULL REFERENCES account (id),
    area      bigint NOT NULL REFERENCES area (id),
    during    tstzrange NOT NULL CHECK (NOT isempty(during) AND lower_inc(during) AND NOT upper_inc(during)),
    source    text NOT NULL DEFAULT 'rule' CHECK (source IN ('rule', 'override', 'swap', 'callup')),
    EXCLUDE USING gist (int8range(account, account, '[]') WITH &&, int8range(area, area, '[]') WITH &&, during WITH &&)
);
CREATE INDEX shift_area ON shift USING gist (int8range(area, area, '[]'), during);

-- What came in ------------------------------------------------------------------------------

CREATE TABLE inbox (
    alert_id    uuid NOT NULL,
    rev         bigint NOT NULL,
    node        text NOT NULL,
    boot_id     text NOT NULL,
    seq         bigint NOT NULL,
    received_at timestamptz NOT NULL,
    decided_at  timestamptz,               -- when the box decided, by its clock
    hash        bytea NOT NULL,
    payload     bytea NOT NULL,
    PRIMARY KEY (alert_id, rev)
);

-- How far each boot of each node has been committed; holes stand in `also`.
CREATE TABLE boot (
    node      text NOT NULL,
    boot_id   text NOT NULL,
    acked_seq bigint NOT NULL DEFAULT 0,
    also      bigint[] NOT NULL DEFAULT '{}',
    first_at  timestamptz NOT NULL,
    last_at   timestamptz NOT NULL,
    PRIMARY KEY (node, boot_id)
);

CREATE TABLE quarantine (
    id          uuid PRIMARY KEY DEFAULT uuidv7(),
    received_at timestamptz NOT NULL,
    topic       text NOT NULL,
    payload     bytea NOT NULL,
    hash        bytea NOT NULL,
    reason      text NOT NULL,
    times       bigint NOT NULL DEFAULT 1,
    UNIQUE (topic, hash)
);

-- Incidents ---------------------------------------------------------------------------------

CREATE TABLE incident (
    id            uuid PRIMARY KEY DEFAULT uuidv7(),
    key           text NOT NULL,           -- v1|family|place|zone
    state         text NOT NULL DEFAULT 'new' CHECK (state IN (
                      'new', 'stored', 'filed', 'dispatched', 'accepted', 'handling', 'feedback', 'verifying',
                      'closed', 'archived', 'evaluated', 'rejected', 'merged', 'suspended', 'cancelled')),
    is_open       boolean GENERATED ALWAYS AS (
                      state NOT IN ('rejected', 'cancelled', 'merged', 'closed', 'archived', 'evaluated')) STORED,
    scenario      text NOT NULL,
    level         text NOT NULL CHECK (level IN ('info', 'minor', 'major', 'critical')),
    score         double precision NOT NULL,   -- highest raw score
    probability   double precision NOT NULL,   -- that it is true
    decision      text NOT NULL CHECK (decision IN ('push', 'review', 'store', 'late')),
    node          text NOT NULL,
    camera        text NOT NULL,
    zone          text NOT NULL,
    area_code     text COLLATE "C",        -- keeps its code when grids are cut anew
    lon           double precision,
    lat           double precision,
    lead_alert    uuid NOT NULL,           -- whose picture and words stand for it
    n_alerts      bigint NOT NULL DEFAULT 1,
    first_at      timestamptz NOT NULL,
    last_at       timestamptz NOT NULL,
    happening_over boolean NOT NULL DEFAULT false,
    review_due_at timestamptz,
    recurrence_of uuid REFERENCES incident (id),
    exercise      boolean NOT NULL DEFAULT false,
    version       bigint NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL
);
CREATE UNIQUE INDEX incident_one_open ON incident (key) WHERE is_open;
CREATE INDEX incident_newest ON incident (created_at DESC, id DESC);
CREATE INDEX incident_area ON incident (area_code, created_at DESC);
CREATE INDEX incident_key ON incident (key, created_at DESC);
CREATE INDEX incident_filed ON incident (created_at, id) WHERE state = 'filed';
CREATE INDEX incident_review ON incident (review_due_at) WHERE state = 'new';

CREATE TABLE alert (
    alert_id    uuid PRIMARY KEY,
    rev         bigint NOT NULL,
    incident    uuid NOT NULL REFERENCES incident (id),
    how         text NOT NULL,             -- outcome of correlation
    why         text NOT NULL,
    node        text NOT NULL,
    camera      text NOT NULL,
    scenario    text NOT NULL,
    zone        text NOT NULL,
    level       text NOT NULL,
    score       double precision NOT NULL,
    opened_at   timestamptz NOT NULL,
    observed_at timestamptz NOT NULL,
    closed_at   timestamptz,
    received_at timestamptz NOT NULL,
    late        boolean NOT NULL,
    data        jsonb NOT NULL             -- the newest revision, whole
);
CREATE INDEX alert_incident ON alert (incident);
-- Who may look at a picture is found by its name; an alert has one snapshot and one clip.
CREATE INDEX alert_first_evidence ON alert ((data #>> '{evidence,0,sha256}')) WHERE data #>> '{evidence,0,sha256}' IS NOT NULL;
CREATE INDEX alert_second_evidence ON alert ((data #>> '{evidence,1,sha256}')) WHERE data #>> '{evidence,1,sha256}' IS NOT NULL;
CREATE INDEX alert_going_on ON alert (incident) WHERE closed_at IS NULL;

CREATE TABLE verdict (
    id       uuid PRIMARY KEY DEFAULT uuidv7(),
    incident uuid NOT NULL REFERENCES incident (id),
    value    text NOT NULL CHECK (value IN ('true', 'false', 'unsure', 'duplicate', 'not_found_on_site')),
    stage    text NOT NULL CHECK (stage IN ('review', 'on_site', 'verify', 'audit')),
    reason   text NOT NULL DEFAULT '',
    actor    bigint NOT NULL REFERENCES account (id),
    at       timestamptz NOT NULL
);
CREATE INDEX verdict_incident ON verdict (incident);

-- Work --------------------------------------------------------------------------------------

CREATE TABLE work_order (
    id             uuid PRIMARY KEY DEFAULT uuidv7(),
    incident       uuid NOT NULL REFERENCES incident (id),
    state          text NOT NULL CHECK (state IN (
                       'dispatched', 'accepted', 'handling', 'feedback', 'verifying', 'closed', 'returned',
                       'suspended', 'cancelled')),
    is_open        boolean GENERATED ALWAYS AS (state NOT IN ('closed', 'returned', 'cancelled')) STORED,
    step           integer NOT NULL DEFAULT 1,  -- of the escalation
    area_code      text COLLATE "C" NOT NULL,
    assignee       bigint REFERENCES account (id),
    verifier       bigint REFERENCES account (id),
    returns        integer NOT NULL DEFAULT 0,
    next_action_at timestamptz,
    dispatched_at  timestamptz NOT NULL,
    accepted_at    timestamptz,
    handled_at     timestamptz,
    closed_at      timestamptz,
    version        bigint NOT NULL DEFAULT 1,
    CHECK (state IN ('closed', 'returned', 'cancelled') OR next_action_at IS NOT NULL),
    CHECK (verifier IS NULL OR verifier <> assignee)
);
CREATE UNIQUE INDEX work_order_one_open ON work_order (incident) WHERE is_open;
CREATE INDEX work_order_incident ON work_order (incident, dispatched_at DESC);
CREATE INDEX work_order_due ON work_order (next_action_at) WHERE is_open;
CREATE INDEX work_order_assignee ON work_order (assignee) WHERE is_open;

CREATE TABLE notification (
    id           uuid PRIMARY KEY DEFAULT uuidv7(),
    key          text NOT NULL UNIQUE,     -- order:step:cycle:account:channel
    work_order   uuid NOT NULL REFERENCES work_order (id),
    incident     uuid NOT NULL REFERENCES incident (id),
    account      bigint NOT NULL REFERENCES account (id),
    channel      text NOT NULL,
    address      text NOT NULL DEFAULT '',
    state        text NOT NULL DEFAULT 'pending' CHECK (state IN (
                     'pending', 'sent', 'delivered', 'failed', 'cancelled')),
    due_at       timestamptz NOT NULL,
    attempts     integer NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL,
    sent_at      timestamptz,
    delivered_at timestamptz,
    error        text NOT NULL DEFAULT ''
);
CREATE INDEX notification_due ON notification (due_at) WHERE state = 'pending';
CREATE INDEX notification_order ON notification (work_order);
CREATE INDEX notification_incident ON notification (incident, account);
CREATE INDEX notification_account ON notification (account, created_at DESC);

CREATE TABLE evidence (
    sha256     text PRIMARY KEY,
    media_type text NOT NULL,
    bytes      bigint NOT NULL,
    node       text,                       -- from a box,
    account    bigint REFERENCES account (id),  -- or from a worker's phone
    stored_at  timestamptz NOT NULL
);

-- What happened -----------------------------------------------------------------------------

-- Every transition of an incident or order and every look at evidence; nothing is ever changed.
CREATE TABLE audit_log (
    seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL,
    actor      text NOT NULL,              -- an account's name, or `system`
    action     text NOT NULL,
    incident   uuid,
    work_order uuid,
    from_state text,
    to_state   text,
    reason     text NOT NULL DEFAULT '',
    detail     jsonb NOT NULL DEFAULT '{}',
    idem_key   text UNIQUE                 -- phones retry
);
CREATE INDEX audit_log_incident ON audit_log (incident, seq);
CREATE INDEX audit_log_photos ON audit_log USING gin ((detail -> 'photos')) WHERE action = 'report';

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows', TG_TABLE_NAME;
END $$;
CREATE TRIGGER audit_log_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER verdict_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON verdict
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Feeds live pages. Read only below pg_snapshot_xmin: a bare sequence skips rows.
CREATE TABLE event_log (
    seq       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid       xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at        timestamptz NOT NULL,
    topic     text NOT NULL CHECK (topic IN ('incident', 'order', 'notification', 'camera', 'node', 'quarantine')),
    object    text NOT NULL,
    area_code text COLLATE "C",
    account   bigint                       -- for one person alone
);
CREATE INDEX event_log_cursor ON event_log (xid, seq);
