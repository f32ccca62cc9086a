-- The reason is a text in English; pages translate the code. Null for messages stored before.

ALTER TABLE quarantine ADD COLUMN reason_code text;
