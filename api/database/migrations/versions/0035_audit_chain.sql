-- Blocks of the hash chain over the audit log (api/audit/chain.py); nothing is ever changed.
CREATE TABLE audit_block (
    position     bigint PRIMARY KEY,
    seqs         bigint[] NOT NULL,         -- of its entries, rising
    entry_hashes bytea[] NOT NULL,          -- SHA-256 of each
    block_hash   bytea NOT NULL,            -- over these and the hash of the block before
    CHECK (cardinality(seqs) BETWEEN 1 AND 1000 AND cardinality(seqs) = cardinality(entry_hashes))
);
CREATE TRIGGER audit_block_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_block
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
