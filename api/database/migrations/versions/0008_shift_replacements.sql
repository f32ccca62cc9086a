-- An override or swap names the one shift it replaces; without one it adds a person, as a call-up
-- does. Until now it hid everybody on a rule shift in the area.

ALTER TABLE shift
    ADD COLUMN replaces    uuid CHECK (replaces <> id),
    ADD COLUMN approved_by bigint REFERENCES account (id),  -- of a call-up
    ADD COLUMN version     bigint NOT NULL DEFAULT 1,
    ADD CHECK (replaces IS NULL OR source IN ('override', 'swap')),
    ADD CHECK (NOT lower_inf(during) AND NOT upper_inf(during)),
    ADD UNIQUE (id, area),
    ADD FOREIGN KEY (replaces, area) REFERENCES shift (id, area) ON DELETE SET NULL (replaces);
CREATE INDEX shift_replaces ON shift (replaces) WHERE replaces IS NOT NULL;

-- One person has no two shifts of one kind at a time in an area; a call-up during one's own
-- shift, or a shift of each of two colleagues taken over, is another kind. The number is a hash,
-- as GiST has no equality for text without an extension.
ALTER TABLE shift DROP CONSTRAINT shift_int8range_int8range1_during_excl;
ALTER TABLE shift ADD CONSTRAINT shift_no_equal_overlap EXCLUDE USING gist (
    int8range(account, account, '[]') WITH &&,
    int8range(area, area, '[]') WITH &&,
    int8range(CAST(hashtext(source || coalesce(CAST(replaces AS text), '')) AS bigint),
              CAST(hashtext(source || coalesce(CAST(replaces AS text), '')) AS bigint), '[]') WITH &&,
    during WITH &&);

-- Who is on duty is looked up by plain columns, whose numbers of rows the planner knows: with
-- the ranges of before it scanned every shift once many areas were asked for together.
DROP INDEX shift_area;
CREATE INDEX shift_area_end ON shift (area, upper(during));
CREATE INDEX area_grid ON area (left(code, 15)) WHERE length(code) = 18;

-- Stored overrides and swaps name nobody. Where exactly one shift of the roster could be meant,
-- it still is; where several could, all of these people stay on duty.
UPDATE shift AS o SET replaces = r.id
FROM shift AS r
WHERE o.source IN ('override', 'swap') AND r.source = 'rule' AND r.account <> o.account
  AND r.area = o.area AND r.during && o.during
  AND NOT EXISTS (
      SELECT FROM shift AS other
      WHERE other.source = 'rule' AND other.account <> o.account AND other.id <> r.id
        AND other.area = o.area AND other.during && o.during);
