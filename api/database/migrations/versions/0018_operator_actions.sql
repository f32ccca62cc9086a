-- What the actions of operators need.

-- `benign`: it is there, and harmless or permitted. `withdrawn`: the verdict before it was undone.
ALTER TABLE verdict DROP CONSTRAINT verdict_value_check;
ALTER TABLE verdict ADD CONSTRAINT verdict_value_check CHECK (value IN (
    'true', 'false', 'benign', 'unsure', 'duplicate', 'not_found_on_site', 'withdrawn'));

ALTER TABLE incident
    ADD COLUMN reviewed_at        timestamptz,  -- the newest review that can be undone: when,
    ADD COLUMN reviewed_by        bigint REFERENCES account (id),
    ADD COLUMN reviewed_from      text,         -- and in which state
    ADD COLUMN cancel_proposed_at timestamptz,
    ADD COLUMN cancel_proposed_by bigint REFERENCES account (id),
    ADD COLUMN cancel_reason      text NOT NULL DEFAULT '';

ALTER TABLE work_order ADD COLUMN rework_reason text NOT NULL DEFAULT '';

-- Who was added to an order beside its assignee. A department that was asked for help is reminded
-- at `next_action_at` until one of its people answers.
CREATE TABLE order_helper (
    work_order     uuid NOT NULL REFERENCES work_order (id),
    account        bigint NOT NULL REFERENCES account (id),
    kind           text NOT NULL CHECK (kind IN ('colleague', 'department')),
    added_by       bigint NOT NULL REFERENCES account (id),
    added_at       timestamptz NOT NULL,
    reason         text NOT NULL DEFAULT '',
    answered_at    timestamptz,
    next_action_at timestamptz,
    n_reminders    integer NOT NULL DEFAULT 0,
    PRIMARY KEY (work_order, account)
);
CREATE INDEX order_helper_account ON order_helper (account);
CREATE INDEX order_helper_next_action ON order_helper (next_action_at)
    WHERE next_action_at IS NOT NULL;
