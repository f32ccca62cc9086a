-- Health rules are named as in fleet monitoring: unreachable, drill_overdue, noisy.

UPDATE fleet_alarm SET kind = CASE kind
        WHEN 'silent' THEN 'unreachable'
        WHEN 'unproven' THEN 'drill_overdue'
        WHEN 'restless' THEN 'noisy'
    END
    WHERE kind IN ('silent', 'unproven', 'restless');
