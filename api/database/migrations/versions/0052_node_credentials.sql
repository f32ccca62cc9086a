-- Credentials of nodes: api/enrolment.
ALTER TABLE node
    ADD revoked_at timestamptz,          -- from then on nothing of the node is accepted
    ADD next_key bytea,                  -- of a rotation that the node has not confirmed
    ADD previous_key bytea,              -- accepted until, for messages that were on their way
    ADD previous_key_until timestamptz;

CREATE TABLE enrolment_code (
    id         text PRIMARY KEY,         -- the part of the code that is sent
    secret     bytea NOT NULL,           -- the part that is not
    node       text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
