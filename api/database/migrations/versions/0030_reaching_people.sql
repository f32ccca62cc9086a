-- The channels of a person beside the app, tried in the order of `position`. A receipt on a channel
-- proves it (`tested_at`); an attempt that was given up marks it (`failed_at`) until one succeeds.

ALTER TABLE channel
    DROP CONSTRAINT channel_kind_check,
    ADD CONSTRAINT channel_kind_check CHECK (kind IN ('app', 'push', 'sms', 'webhook')),
    ADD COLUMN position   integer NOT NULL DEFAULT 1,
    ADD COLUMN is_enabled boolean NOT NULL DEFAULT true,
    ADD COLUMN tested_at  timestamptz,
    ADD COLUMN failed_at  timestamptz;

CREATE TABLE push_subscription (
    id         uuid PRIMARY KEY DEFAULT uuidv7(),
    account    bigint NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    endpoint   text NOT NULL UNIQUE,
    p256dh     text NOT NULL,
    auth       text NOT NULL,
    device     text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    tested_at  timestamptz
);
CREATE INDEX push_subscription_account ON push_subscription (account);

-- Within these hours, a person hears at once only of what is critical; the rest waits for the end.
CREATE TABLE quiet_hours (
    account   bigint PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    starts_at time NOT NULL,
    ends_at   time NOT NULL CHECK (ends_at <> starts_at),
    time_zone text NOT NULL
);

-- A robot of a group chat gets one message per event of its area, whoever is notified.
CREATE TABLE chat_robot (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL UNIQUE,
    area_code  text COLLATE "C" NOT NULL REFERENCES area (code),
    kind       text NOT NULL CHECK (kind IN ('wecom', 'dingtalk', 'feishu')),
    address    text NOT NULL,
    secret     text NOT NULL DEFAULT '',
    min_level  text NOT NULL DEFAULT 'major' CHECK (min_level IN ('info', 'minor', 'major', 'critical')),
    is_enabled boolean NOT NULL DEFAULT true,
    tested_at  timestamptz,
    failed_at  timestamptz
);

-- Made once, on first use: the VAPID key and the key of receipt tokens.
CREATE TABLE notification_secret (
    name  text PRIMARY KEY,
    value bytea NOT NULL
);

-- Who has a page open: until `online_until`, which every process extends for its own streams.
CREATE TABLE presence (
    account      bigint PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    online_since timestamptz NOT NULL,
    online_until timestamptz NOT NULL
);

-- A test has no incident, a message to a robot no account. Rows of one `event` and account are the
-- channels that are tried one after another.
ALTER TABLE notification
    ALTER COLUMN incident DROP NOT NULL,
    ALTER COLUMN account DROP NOT NULL,
    ADD COLUMN event           text NOT NULL DEFAULT '',
    ADD COLUMN subscription    uuid,
    ADD COLUMN robot           bigint REFERENCES chat_robot (id) ON DELETE SET NULL,
    ADD COLUMN held_until      timestamptz,
    ADD COLUMN read_at         timestamptz,
    ADD COLUMN acknowledged_at timestamptz;
UPDATE notification SET event = regexp_replace(key, ':[^:]*:[^:]*$', '') WHERE state = 'pending';

DROP INDEX notification_due;
CREATE INDEX notification_due ON notification (due_at) WHERE state = 'pending' AND channel <> 'app';
CREATE INDEX notification_event ON notification (event, account)
    WHERE state = 'pending' AND channel <> 'app';
