-- Who is called first for a node and its cameras; null: those on duty where they stand.

ALTER TABLE node ADD COLUMN maintainer bigint REFERENCES account (id);
