-- Counters of rows, so that no page counts millions of them.
--
-- Whoever changes a row appends to `counter_change`, in the same transaction: no two transactions
-- wait for each other, and what is rolled back is not counted. One process at a time folds the
-- changes into `counter`. The sum of both is exact at any moment, also after a crash.

CREATE TABLE counter (
    area text COLLATE "C" NOT NULL,  -- with those below it; '' is all rows, '?' those without an area
    kind text NOT NULL,              -- incident.STATE, alert, message, work_order, quarantined
    n    bigint NOT NULL,
    PRIMARY KEY (area, kind)
);
CREATE TABLE counter_change (
    kind text NOT NULL,
    area text COLLATE "C",
    n    bigint NOT NULL
);
-- When the counters were last compared with the rows; no row: they have to be counted first.
CREATE TABLE counter_check (
    is_one     boolean PRIMARY KEY DEFAULT true CHECK (is_one),
    checked_at timestamptz NOT NULL
);

-- The keys in `counter` under which a row of an area is counted.
CREATE FUNCTION counter_areas(area text) RETURNS SETOF text LANGUAGE sql IMMUTABLE AS $$
    SELECT '' UNION ALL SELECT '?' WHERE area IS NULL
    UNION ALL SELECT left(area, digits) FROM unnest('{4,6,9,12,15,18}'::int[]) AS digits
    WHERE length(area) >= digits
$$;

CREATE FUNCTION count_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO counter_change SELECT TG_ARGV[0], NULL, TG_ARGV[1]::int * count(*)
    FROM changed HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE FUNCTION count_incidents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO counter_change
    SELECT 'incident.' || state, area_code, TG_ARGV[0]::int * count(*)
    FROM changed GROUP BY state, area_code;
    RETURN NULL;
END $$;
CREATE FUNCTION count_changed_incident() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO counter_change VALUES
        ('incident.' || OLD.state, OLD.area_code, -1), ('incident.' || NEW.state, NEW.area_code, 1);
    RETURN NULL;
END $$;
CREATE FUNCTION count_quarantined() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO counter_change SELECT 'quarantined', NULL, TG_ARGV[0]::int * sum(times)
    FROM changed HAVING sum(times) > 0;
    RETURN NULL;
END $$;
CREATE FUNCTION count_quarantined_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO counter_change SELECT 'quarantined', NULL, n
    FROM (SELECT (SELECT coalesce(sum(times), 0) FROM changed)
               - (SELECT coalesce(sum(times), 0) FROM before) AS n) AS more WHERE n <> 0;
    RETURN NULL;
END $$;

CREATE TRIGGER incident_inserted AFTER INSERT ON incident REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_incidents(1);
CREATE TRIGGER incident_deleted AFTER DELETE ON incident REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_incidents('-1');
-- Most updates of an incident change its clock only.
CREATE TRIGGER incident_changed AFTER UPDATE OF state, area_code ON incident FOR EACH ROW
    WHEN ((OLD.state, OLD.area_code) IS DISTINCT FROM (NEW.state, NEW.area_code))
    EXECUTE FUNCTION count_changed_incident();
CREATE TRIGGER alert_inserted AFTER INSERT ON alert REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_rows('alert', 1);
CREATE TRIGGER alert_deleted AFTER DELETE ON alert REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_rows('alert', '-1');
CREATE TRIGGER inbox_inserted AFTER INSERT ON inbox REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_rows('message', 1);
CREATE TRIGGER inbox_deleted AFTER DELETE ON inbox REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_rows('message', '-1');
CREATE TRIGGER work_order_inserted AFTER INSERT ON work_order REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_rows('work_order', 1);
CREATE TRIGGER work_order_deleted AFTER DELETE ON work_order REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_rows('work_order', '-1');
CREATE TRIGGER quarantine_inserted AFTER INSERT ON quarantine REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_quarantined(1);
CREATE TRIGGER quarantine_deleted AFTER DELETE ON quarantine REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_quarantined('-1');
CREATE TRIGGER quarantine_changed AFTER UPDATE ON quarantine
    REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_quarantined_again();
