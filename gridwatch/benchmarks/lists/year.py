"""SQL that fills a city with incidents, work orders, notifications and all that belongs to them.

Incidents come at a constant rate up to now. Of the last three days some are open; older ones have
ended. Some cameras have many more incidents than others.
"""

from gridwatch.benchmarks.lists.city import (
    BUSY_WORKER_ID,
    CAMERAS_PER_NODE,
    DISTRICTS,
    FIRST_COMMUNITY_DESK_ID,
    FIRST_DISTRICT_DESK_ID,
    FIRST_WORKER_ID,
    GRIDS,
    MICRO_GRIDS,
    N_CAMERAS,
    N_GRIDS,
    N_MICRO_GRIDS,
)

INCIDENTS_PER_DAY = 5500
RARE_SCENARIO = "high_toss"
"""Of one incident in ten thousand."""
COMMON_SCENARIO = "illegal_parking"

CREATE_DRAWN = """
    CREATE TEMPORARY TABLE drawn (
        n bigint, at timestamptz, id uuid, alert uuid, "order" uuid, state text, is_open boolean,
        has_order boolean, scenario text, level text, c bigint, node text, m bigint, area text,
        g bigint, next_at timestamptz
    ) ON COMMIT DELETE ROWS
"""
# What happens in one stretch of numbers, newest last; the other statements read it.
DRAW = f"""
    INSERT INTO drawn
    SELECT n, at, bench_id(at, n, 1) AS id, bench_id(at, n, 3) AS alert,
        bench_id(at + interval '1 s', n, 5) AS "order", state,
        state NOT IN ('closed', 'archived', 'evaluated', 'rejected', 'merged', 'cancelled')
            AS is_open,
        state IN ('dispatched', 'accepted', 'handling', 'feedback', 'closed', 'evaluated')
            OR state = 'archived' AND bench_random(n, 5) < 0.7 AS has_order,
        CASE WHEN bench_random(n, 6) < 0.0001 THEN '{RARE_SCENARIO}'
            ELSE (ARRAY['{COMMON_SCENARIO}', 'crowd_gathering', 'fall', 'intrusion', 'object_left',
                'water_edge', 'wrong_way', 'loitering', 'off_post', 'dog_unattended',
                'road_pedestrian', 'street_vending'])
                [1 + floor(12 * bench_random(n, 7) * bench_random(n, 8))::int] END AS scenario,
        CASE WHEN r_level < 0.03 THEN 'critical' WHEN r_level < 0.3 THEN 'major'
            WHEN r_level < 0.9 THEN 'minor' ELSE 'info' END AS level,
        c, concat('district-', c / {CAMERAS_PER_NODE} % {DISTRICTS} + 1, '/site-',
            c / {CAMERAS_PER_NODE}, '/box-', c / {CAMERAS_PER_NODE}) AS node,
        m, bench_code(m) AS area, m / {MICRO_GRIDS} AS g,
        $1::timestamptz + interval '10 min' + bench_random(n, 12) * interval '3 h' AS next_at
    FROM (
        SELECT n, at, floor({N_CAMERAS} * power(bench_random(n, 4), 2))::bigint AS c,
            bench_random(n, 9) AS r_level,
            CASE WHEN at > $1::timestamptz - interval '1 day' AND r < 0.25 THEN 'stored'
                WHEN at > $1::timestamptz - interval '3 days' AND r < 0.45 THEN
                    (ARRAY['new', 'new', 'filed', 'dispatched', 'dispatched', 'accepted',
                        'accepted', 'handling', 'handling', 'feedback'])
                        [1 + floor(10 * bench_random(n, 10))::int]
                WHEN at > $1::timestamptz - interval '3 days' AND r < 0.65 THEN 'closed'
                WHEN r < 0.5 THEN 'archived' WHEN r < 0.52 THEN 'evaluated'
                WHEN r < 0.8 THEN 'rejected' WHEN r < 0.95 THEN 'merged'
                ELSE 'cancelled' END AS state
        FROM (
            SELECT n, $1::timestamptz - ($3::bigint - n) * interval '{86400 / INCIDENTS_PER_DAY} s'
                AS at, bench_random(n, 11) AS r
            FROM generate_series($2::bigint, $4::bigint) n) AS numbered) AS stated,
        LATERAL (SELECT c * 7919 % {N_MICRO_GRIDS} AS m)
"""

YEAR_STATEMENTS = (
    """
    INSERT INTO incident (id, key, state, scenario, level, score, probability, decision, node,
        camera, zone, area_code, lead_alert, first_at, last_at, is_over, due_at, created_at,
        auto_filed_at, responsible_kind, responsible_area, next_step, next_action_at, clock_step,
        state_since, family, closed_at, version)
    SELECT id, 'v2|bench|' || n, state, scenario, level, bench_random(n, 20), bench_random(n, 21),
        CASE WHEN state = 'stored' THEN 'store' WHEN state IN ('new', 'rejected') THEN 'review'
            ELSE 'push' END,
        node, 'camera-' || c, 'zone-' || n % 3, area, alert, at, at + interval '40 s', NOT is_open,
        CASE WHEN is_open THEN next_at - interval '1 h' END, at,
        CASE WHEN has_order THEN at END, CASE WHEN is_open THEN 'desk' END,
        CASE WHEN is_open THEN area END,
        CASE WHEN is_open THEN CASE state WHEN 'new' THEN 'review' WHEN 'stored' THEN 'archive'
            WHEN 'filed' THEN 'dispatch' WHEN 'dispatched' THEN 'accept'
            WHEN 'accepted' THEN 'arrive' WHEN 'handling' THEN 'report' ELSE 'verify' END END,
        CASE WHEN is_open THEN next_at END, (state = 'filed' AND n % 2 = 0)::int,
        at + interval '2 min', CASE scenario WHEN 'fall' THEN 'person_down'
            WHEN 'crowd_gathering' THEN 'crowd' WHEN 'illegal_parking' THEN 'parking'
            WHEN 'water_edge' THEN 'water' ELSE scenario END,
        CASE WHEN NOT is_open THEN at + interval '2 h' END, 3
    FROM drawn ORDER BY n
    """,
    """
    INSERT INTO alert
    SELECT alert, 2, id, 'opens', 'no incident of this key was open', node, 'camera-' || c,
        scenario, 'zone-' || n % 3, level, bench_random(n, 20), at, at,
        CASE WHEN NOT is_open THEN at + interval '40 s' END, at + interval '300 ms', false,
        $1::jsonb || jsonb_build_object('alert_id', alert, 'scenario', scenario, 'level', level,
            'camera', 'camera-' || c, 'zone', 'zone-' || n % 3, 'opened_at', at,
            'observed_at', at, 'evidence', jsonb_build_array(jsonb_build_object(
                'sha256', encode(sha256(n::text::bytea), 'hex'), 'kind', 'snapshot',
                'media_type', 'image/jpeg', 'bytes', 90000, 'redacted', true,
                'status', 'uploaded')))
    FROM drawn ORDER BY n
    """,
    """
    INSERT INTO evidence (sha256, media_type, bytes, node, stored_at)
    SELECT encode(sha256(n::text::bytea), 'hex'), 'image/jpeg', 90000, node, at FROM drawn
    """,
    """
    INSERT INTO inbox (alert_id, rev, node, boot_id, seq, received_at, decided_at, hash, payload)
    SELECT alert, rev, node, 'boot', 2 * n + rev, at + interval '300 ms', at,
        sha256(n::text::bytea), '\\x00' FROM drawn, generate_series(1, 2) rev ORDER BY n
    """,
    f"""
    INSERT INTO work_order (id, incident, state, area_code, assignee, next_action_at,
        dispatched_at, accepted_at, handled_at, closed_at, responsible_kind, responsible_area,
        next_step, due_at)
    SELECT "order", id, CASE WHEN is_open THEN state ELSE 'closed' END, area,
        CASE WHEN state <> 'dispatched' THEN
            CASE WHEN n % 100 = 0 THEN {BUSY_WORKER_ID} ELSE {FIRST_WORKER_ID} + g END END,
        CASE WHEN is_open THEN next_at END, at + interval '1 s', at + interval '1 min',
        at + interval '10 min', CASE WHEN NOT is_open THEN at + interval '1 h' END,
        CASE WHEN is_open THEN 'desk' END, CASE WHEN is_open THEN area END,
        CASE WHEN is_open THEN 'accept' END, CASE WHEN is_open THEN next_at END
    FROM drawn WHERE has_order ORDER BY n
    """,
    f"""
    INSERT INTO notification (id, key, work_order, incident, account, channel, state, due_at,
        attempts, created_at, sent_at, delivered_at, kind, required_state)
    SELECT bench_id(at + interval '1 s', 10 * n + k, 7), concat('bench:', n, ':', k), "order", id,
        CASE WHEN k = 2 AND n % 100 = 0 THEN {BUSY_WORKER_ID}
            ELSE {FIRST_WORKER_ID} + (g + k) % {N_GRIDS} END,
        'app', 'delivered', at, 1, at + interval '1 s', at + interval '2 s', at + interval '3 s',
        'dispatch', 'dispatched'
    FROM drawn, generate_series(0, 2) k WHERE has_order ORDER BY n
    """,
    f"""
    INSERT INTO notification (id, key, incident, account, channel, state, due_at, created_at,
        sent_at, kind, required_state)
    SELECT bench_id(at + interval '5 s', n, 9), concat('bench:', n, ':desk'), id,
        CASE WHEN n % 2 = 0 THEN {FIRST_DISTRICT_DESK_ID} + 1 + m / {N_MICRO_GRIDS // DISTRICTS}
            ELSE {FIRST_COMMUNITY_DESK_ID} + m / {GRIDS * MICRO_GRIDS} END,
        'app', 'sent', at, at + interval '5 s', at + interval '6 s', 'reminder', 'new'
    FROM drawn WHERE bench_random(n, 13) < 0.3 ORDER BY n
    """,
    """
    INSERT INTO audit_log (at, actor, action, incident, from_state, to_state)
    SELECT at + k * interval '1 min', 'system', (ARRAY['open', 'file', 'dispatch'])[k], id,
        CASE WHEN k > 1 THEN 'new' END, state
    FROM drawn, generate_series(1, 3) k ORDER BY n, k
    """,
    f"""
    INSERT INTO verdict (incident, value, stage, actor, at)
    SELECT id, CASE WHEN state = 'rejected' THEN 'false' ELSE 'true' END, 'review',
        {FIRST_DISTRICT_DESK_ID} + 1, at + interval '2 min'
    FROM drawn WHERE state NOT IN ('new', 'stored', 'merged') ORDER BY n
    """,
    """
    INSERT INTO event_log (at, topic, object, area_code)
    SELECT at, 'incident', id, area FROM drawn, generate_series(1, 5)
    WHERE at > $1::timestamptz - interval '3 days' ORDER BY n
    """,
)
