-- A table of its own: an opinion decides nothing, so it is no verdict in force on an incident.
CREATE TABLE second_opinion (
    incident    uuid PRIMARY KEY REFERENCES incident (id) ON DELETE CASCADE,
    verifier    text NOT NULL,  -- name of the model
    value       text CHECK (value IN ('true', 'false', 'unsure')),  -- NULL: no usable answer
    explanation jsonb NOT NULL,  -- zh, en
    error       text NOT NULL DEFAULT '',
    asked_at    timestamptz NOT NULL
);
