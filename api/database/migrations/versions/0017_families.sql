-- Incidents are keyed by the family of their scenario, and may be part of another incident.

ALTER TABLE incident
    ADD COLUMN family        text,
    ADD COLUMN root          uuid REFERENCES incident (id),  -- the incident that it was merged into
    ADD COLUMN merge_reason  jsonb NOT NULL DEFAULT '{}',    -- a code with its parameters
    ADD COLUMN takes_alerts  boolean NOT NULL DEFAULT true,  -- false once a recurrence has its key
    ADD COLUMN suppression   uuid REFERENCES suppression (id),
    ADD COLUMN closed_at     timestamptz;

UPDATE incident SET family = CASE
    WHEN scenario IN ('crowd_gathering', 'crowd_density', 'queue_too_long', 'over_capacity') THEN 'crowd'
    WHEN scenario = 'crowd_scatter' THEN 'panic'
    WHEN scenario IN ('fall', 'person_motionless') THEN 'person_down'
    WHEN scenario IN ('intrusion', 'line_crossing', 'climbing') THEN 'intrusion'
    WHEN scenario = 'water_edge' THEN 'water'
    WHEN scenario = 'smoke_fire' THEN 'fire'
    WHEN scenario = 'ebike_indoors' THEN 'fire_hazard'
    WHEN scenario = 'congestion' THEN 'traffic'
    WHEN scenario = 'road_pedestrian' THEN 'pedestrian'
    WHEN scenario IN ('illegal_parking', 'fire_lane_blocked') THEN 'parking'
    WHEN scenario = 'bicycle_pile' THEN 'bicycles'
    WHEN scenario IN ('object_left', 'waste_pile') THEN 'objects'
    WHEN scenario = 'object_removed' THEN 'fixtures'
    WHEN scenario = 'dog_unattended' THEN 'animals'
    WHEN scenario = 'high_toss' THEN 'falling_objects'
    WHEN scenario = 'street_vending' THEN 'vending'
    WHEN scenario = 'off_post' THEN 'post'
    WHEN scenario IN ('camera_lost', 'camera_tamper') THEN 'camera'
    ELSE scenario END;
ALTER TABLE incident ALTER COLUMN family SET DEFAULT '', ALTER COLUMN family SET NOT NULL;

-- Only orders know when an incident was closed.
UPDATE incident i SET closed_at = coalesce(
    (SELECT max(w.closed_at) FROM work_order w WHERE w.incident = i.id), i.last_at)
WHERE NOT i.is_open;

ALTER TABLE incident DROP CONSTRAINT incident_decision_check;
ALTER TABLE incident ADD CONSTRAINT incident_decision_check
    CHECK (decision IN ('push', 'review', 'store', 'late', 'suppressed'));
ALTER TABLE incident ADD CHECK (root IS NULL OR root <> id);
ALTER TABLE incident ADD CHECK (root IS NULL OR state = 'merged');

-- Two open incidents may get one key now: the oldest keeps it. The others are merged into it, or,
-- if somebody works on them, go on without taking alerts.
DROP INDEX incident_one_open;
UPDATE incident SET key = 'v2|' || family || substr(key, length('v1|' || scenario) + 1)
WHERE is_open AND starts_with(key, 'v1|' || scenario || '|');
CREATE TEMPORARY TABLE doubled ON COMMIT DROP AS
SELECT id, first_value(id) OVER by_key AS oldest, row_number() OVER by_key AS place
FROM incident WHERE is_open
WINDOW by_key AS (PARTITION BY key ORDER BY created_at, id);
UPDATE incident i SET takes_alerts = false, recurrence_of = coalesce(i.recurrence_of, d.oldest)
FROM doubled d WHERE d.id = i.id AND d.place > 1 AND i.state NOT IN ('new', 'stored', 'filed');
UPDATE incident i SET state = 'merged', previous_state = i.state, root = d.oldest,
    version = i.version + 1, due_at = NULL, next_action_at = NULL, next_step = NULL,
    responsible_kind = NULL, responsible_area = NULL, merge_reason = '{"reason": "same_family"}'
FROM doubled d WHERE d.id = i.id AND d.place > 1 AND i.state IN ('new', 'stored', 'filed');
CREATE UNIQUE INDEX incident_one_open ON incident (key) WHERE is_open AND takes_alerts;
CREATE INDEX incident_children ON incident (root) WHERE root IS NOT NULL;
CREATE INDEX incident_merged_key ON incident (key) WHERE state = 'merged' AND takes_alerts;
CREATE INDEX incident_camera_family ON incident (node, camera, family, created_at DESC);
CREATE INDEX incident_open_family ON incident (family, last_at) WHERE is_open;
CREATE INDEX incident_desk_rows ON incident (created_at)
    WHERE root IS NULL AND (decision IN ('review', 'late') OR family = 'camera');

-- Cameras whose views overlap, as the site has declared; each pair once.
CREATE TABLE camera_overlap (
    node         text NOT NULL,
    camera       text NOT NULL,
    other_node   text NOT NULL,
    other_camera text NOT NULL,
    PRIMARY KEY (node, camera, other_node, other_camera),
    CHECK ((node, camera) < (other_node, other_camera))
);
CREATE INDEX camera_overlap_other ON camera_overlap (other_node, other_camera);

-- Incidents that may be one matter: a person decides.
CREATE TABLE merge_suggestion (
    incident    uuid NOT NULL REFERENCES incident (id),
    other       uuid NOT NULL REFERENCES incident (id),
    reason      jsonb NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (incident, other),
    CHECK (incident <> other)
);
CREATE INDEX merge_suggestion_other ON merge_suggestion (other);
