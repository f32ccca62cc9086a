-- Up to where the feed has been tidied away: whoever was not that far has missed something.
CREATE TABLE event_log_tidied (
    is_one boolean PRIMARY KEY DEFAULT true CHECK (is_one),
    xid    xid8 NOT NULL,
    seq    bigint NOT NULL
);
