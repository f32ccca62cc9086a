-- Calibrations and thresholds by scenario and version, drift, and suppressions of a region.

-- A row is never changed: the newest shipped version is in force.
CREATE TABLE calibration (
    scenario   text NOT NULL,
    version    integer NOT NULL CHECK (version > 0),
    fitted_at  timestamptz NOT NULL,
    is_shipped boolean NOT NULL,
    reason     text NOT NULL,   -- why it is, or is not: a code
    n          bigint NOT NULL, -- verdicts that it was fitted to
    parameters jsonb NOT NULL,  -- of each revision and model: slope, intercept, spread, shifts
    evidence   jsonb NOT NULL,  -- Brier score and log loss on the newest week; reliability
    PRIMARY KEY (scenario, version)
);
CREATE TABLE threshold (
    scenario         text NOT NULL,
    version          integer NOT NULL CHECK (version > 0),
    chosen_at        timestamptz NOT NULL,
    push             double precision NOT NULL CHECK (push BETWEEN 0 AND 1),
    low              double precision NOT NULL CHECK (low BETWEEN 0 AND push),
    target_precision double precision NOT NULL,
    min_recall       double precision NOT NULL,
    n                bigint NOT NULL, -- verdicts that it was chosen by
    evidence         jsonb NOT NULL,
    PRIMARY KEY (scenario, version)
);
CREATE TRIGGER calibration_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON calibration
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER threshold_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON threshold
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- When the verdicts of a scenario were last fitted and its thresholds tested, shipped or not.
CREATE TABLE calibration_check (
    scenario   text PRIMARY KEY,
    checked_at timestamptz NOT NULL
);

-- NULL: an operator sees its alerts first, or its scores are what they were.
ALTER TABLE camera_scenario
    ADD COLUMN trusted_at     timestamptz,
    ADD COLUMN drifting_since timestamptz;

-- A source that people have judged before is no new one.
INSERT INTO camera_scenario (node, camera, scenario, scenario_rev, model, first_at, trusted_at)
SELECT i.node, i.camera, i.scenario, CAST(a.data ->> 'scenario_rev' AS bigint),
    coalesce((a.data #>> '{model,name}') || '@' || left(a.data #>> '{model,sha256}', 12), ''),
    min(i.created_at), now()
FROM incident i JOIN alert a ON a.alert_id = i.lead_alert
WHERE i.created_at > now() - interval '60 days' AND i.class = 'safety' AND NOT i.exercise
  AND a.data ->> 'scenario_rev' IS NOT NULL
  AND EXISTS (SELECT FROM verdict v WHERE v.incident = i.id AND v.value IN ('true', 'false', 'benign'))
GROUP BY 1, 2, 3, 4, 5 HAVING count(*) >= 10
ON CONFLICT (node, camera, scenario, scenario_rev, model) DO UPDATE
    SET trusted_at = excluded.trusted_at;

-- How far the scores of a source have been followed; a row ends with its source.
CREATE TABLE drift_state (
    node          text NOT NULL,
    camera        text NOT NULL,
    scenario      text NOT NULL,
    scenario_rev  bigint NOT NULL,
    model         text NOT NULL,
    scores        double precision[] NOT NULL,  -- ascending
    statistics    double precision[] NOT NULL,
    evidence      double precision NOT NULL,    -- as a share of the limit; 1 is an alarm
    followed_until timestamptz NOT NULL,        -- incidents opened up to then are among them
    PRIMARY KEY (node, camera, scenario, scenario_rev, model),
    FOREIGN KEY (node, camera, scenario, scenario_rev, model) REFERENCES camera_scenario
        ON DELETE CASCADE
);

-- Whoever moves a camera starts anew with it.
CREATE FUNCTION forget_moved_camera() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM camera_scenario WHERE node = NEW.node AND camera = NEW.name;
    RETURN NULL;
END $$;
CREATE TRIGGER camera_moved AFTER UPDATE OF lon, lat ON camera FOR EACH ROW
    -- 0.0001 degrees are 11 m
    WHEN (abs(OLD.lon - NEW.lon) > 0.0001 OR abs(OLD.lat - NEW.lat) > 0.0001)
    EXECUTE FUNCTION forget_moved_camera();

-- Left, top, width and height of the boxes that are covered; what was predicted of it.
ALTER TABLE suppression
    ADD COLUMN region     double precision[4] CHECK (region IS NULL OR camera IS NOT NULL),
    ADD COLUMN prediction jsonb;
