-- Three kinds of administrators apart; `admin` keeps its rights, see docs/security.md.
ALTER TABLE account
    DROP CONSTRAINT account_role_check,
    ADD CONSTRAINT account_role_check CHECK (role IN (
        'operator', 'supervisor', 'worker', 'author', 'auditor', 'admin',
        'system_admin', 'security_admin', 'audit_admin')),
    ADD COLUMN created_at     timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN password_at    timestamptz,          -- when the password was last set
    ADD COLUMN totp_secret    text,                 -- base32; NULL without a second factor
    ADD COLUMN totp_last_step bigint,               -- a code is accepted once (RFC 6238, 5.2)
    ADD COLUMN totp_pending   text,                 -- enrolment that no code has confirmed yet
    ADD COLUMN recovery_codes bytea[] NOT NULL DEFAULT '{}';  -- SHA-256 of each unused one

-- Who sees what belongs to no area is looked up with every request.
CREATE INDEX account_desk_area ON account (area_code)
    WHERE active AND role IN ('operator', 'supervisor');
CREATE INDEX account_area ON account (area_code, name);

ALTER TABLE login
    ADD COLUMN id           uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    ADD COLUMN created_at   timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN used_at      timestamptz NOT NULL DEFAULT now(),  -- to the minute
    ADD COLUMN device       text NOT NULL DEFAULT '',            -- browser and system, in words
    ADD COLUMN address      text NOT NULL DEFAULT '',
    ADD COLUMN needs_factor boolean NOT NULL DEFAULT false;      -- may only enrol one
CREATE INDEX login_account ON login (account);

-- A one-time link: to accept an account, or to set a new password.
CREATE TABLE invitation (
    token_hash bytea PRIMARY KEY,                   -- SHA-256
    account    bigint NOT NULL UNIQUE REFERENCES account (id) ON DELETE CASCADE,
    created_by bigint REFERENCES account (id),      -- NULL: a command on the machine
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
