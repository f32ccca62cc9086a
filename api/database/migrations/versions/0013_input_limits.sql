-- Refused messages are kept and counted by the node that signed them; '' if none did.

ALTER TABLE quarantine ADD COLUMN node text NOT NULL DEFAULT '';
UPDATE quarantine SET node = n.name FROM node n
    WHERE starts_with(quarantine.topic, 'gw/v1/' || n.name || '/')
      AND coalesce(quarantine.reason_code, 'invalid_signature')
          NOT IN ('wrong_topic', 'not_enrolled', 'invalid_signature');
CREATE INDEX quarantine_node ON quarantine (node, received_at DESC, id DESC);

-- Refused messages by five minutes, and how many of them are not, or no longer, in the quarantine.
CREATE TABLE refused_count (
    node    text NOT NULL,
    since   timestamptz NOT NULL,
    refused bigint NOT NULL,
    dropped bigint NOT NULL,
    PRIMARY KEY (node, since)
);

-- Times beyond the calendar of a program that reads them: the centre's own time stands for them.

UPDATE alert SET
    opened_at = CASE WHEN opened_at BETWEEN '0002-01-01Z' AND '9998-12-31Z' THEN opened_at ELSE received_at END,
    observed_at = CASE WHEN observed_at BETWEEN '0002-01-01Z' AND '9998-12-31Z' THEN observed_at ELSE received_at END,
    closed_at = CASE WHEN closed_at BETWEEN '0002-01-01Z' AND '9998-12-31Z' THEN closed_at
                     WHEN closed_at IS NOT NULL THEN received_at END
    WHERE NOT (opened_at BETWEEN '0002-01-01Z' AND '9998-12-31Z')
       OR NOT (observed_at BETWEEN '0002-01-01Z' AND '9998-12-31Z')
       OR NOT (closed_at BETWEEN '0002-01-01Z' AND '9998-12-31Z');
UPDATE alert SET data = data || jsonb_build_object(
        'opened_at', to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'observed_at', to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'closed_at', CASE WHEN data ->> 'closed_at' IS NOT NULL
                          THEN to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END)
    WHERE jsonb_path_exists(data, '$.* ? (@ starts with "9999-" || @ starts with "0001-")');
UPDATE incident SET
    first_at = CASE WHEN first_at BETWEEN '0002-01-01Z' AND '9998-12-31Z' THEN first_at ELSE created_at END,
    last_at = CASE WHEN last_at BETWEEN '0002-01-01Z' AND '9998-12-31Z' THEN last_at ELSE created_at END
    WHERE NOT (first_at BETWEEN '0002-01-01Z' AND '9998-12-31Z')
       OR NOT (last_at BETWEEN '0002-01-01Z' AND '9998-12-31Z');
UPDATE inbox SET decided_at = NULL
    WHERE abs(extract(epoch FROM decided_at) - extract(epoch FROM received_at)) > 316000000;
UPDATE camera SET state_at = reported_at WHERE NOT (state_at BETWEEN '0002-01-01Z' AND '9998-12-31Z');

ALTER TABLE alert ADD CONSTRAINT alert_times_in_calendar CHECK (
    opened_at BETWEEN '0002-01-01Z' AND '9998-12-31Z'
    AND observed_at BETWEEN '0002-01-01Z' AND '9998-12-31Z'
    AND coalesce(closed_at, opened_at) BETWEEN '0002-01-01Z' AND '9998-12-31Z');
ALTER TABLE incident ADD CONSTRAINT incident_times_in_calendar CHECK (
    first_at BETWEEN '0002-01-01Z' AND '9998-12-31Z' AND last_at BETWEEN '0002-01-01Z' AND '9998-12-31Z');
ALTER TABLE inbox ADD CONSTRAINT inbox_times_in_calendar CHECK (
    decided_at BETWEEN '0002-01-01Z' AND '9998-12-31Z');

-- Numbers that no computation can use.

UPDATE node SET skew_s = NULL WHERE NOT (skew_s BETWEEN -316000000 AND 316000000);
DELETE FROM node_health
    WHERE NOT (measured_at BETWEEN '0002-01-01Z' AND '9998-12-31Z')
       OR jsonb_path_exists(report, '$.outbox_oldest_s ? (@ > 1e10)')
       OR jsonb_path_exists(report, '$.** ? (@.type() == "number" && (@ > 1e15 || @ < -1e15))');
UPDATE alert SET data = jsonb_set(data, '{measures}', coalesce(
        (SELECT jsonb_object_agg(key, value) FROM jsonb_each(data -> 'measures')
         WHERE abs(CAST(value #>> '{}' AS numeric)) <= 1e15 AND length(key) <= 200), '{}'))
    WHERE EXISTS (SELECT FROM jsonb_each(data -> 'measures')
                  WHERE abs(CAST(value #>> '{}' AS numeric)) > 1e15 OR length(key) > 200);
UPDATE alert SET data = jsonb_set(data, '{explain}', '[]')
    WHERE jsonb_path_exists(data, '$.explain[*].* ? (@.type() == "number" && (@ > 1e15 || @ < -1e15))');
UPDATE alert SET data = jsonb_set(data, '{clock}', '{"offset_ms": 0, "uncertainty_ms": 0, "basis": "system"}')
    WHERE jsonb_path_exists(data, '$.clock.* ? (@.type() == "number" && (@ > 1e13 || @ < -1e13))');
UPDATE alert SET data = jsonb_set(data, '{because}', jsonb_build_object(
        'zh', left(data #>> '{because,zh}', 2000), 'en', left(data #>> '{because,en}', 2000)))
    WHERE length(data #>> '{because,zh}') > 2000 OR length(data #>> '{because,en}') > 2000;
