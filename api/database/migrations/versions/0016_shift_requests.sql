-- A page repeats a change of the roster, too, if no answer came. No reference: a shift may be
-- deleted by the request.

ALTER TABLE idempotency_key ADD COLUMN shift uuid;
