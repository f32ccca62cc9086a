"""SQL that fills an empty database with a city: areas, accounts, a roster, nodes and cameras.

Every name and number follows from the number of the row, so that two cities are equal.
"""

DISTRICTS, STREETS, COMMUNITIES, GRIDS, MICRO_GRIDS = 10, 8, 8, 6, 5
"""Areas of each level in one of the level above."""
N_MICRO_GRIDS = DISTRICTS * STREETS * COMMUNITIES * GRIDS * MICRO_GRIDS
N_GRIDS = N_MICRO_GRIDS // MICRO_GRIDS
N_CAMERAS = 10_000
CAMERAS_PER_NODE = 20

CITY = "5101"
DISTRICT = f"{CITY}01"
STREET = f"{DISTRICT}001"
COMMUNITY = f"{STREET}001"
MICRO_GRID = f"{COMMUNITY}001001"
DESK_OF = {CITY: "admin", DISTRICT: "desk-1", COMMUNITY: "desk-1-1-1"}
"""The account of an operator, by area."""
WORKER = "worker-1"
"""An account that has been notified of a few incidents a day."""
BUSY_WORKER = "worker-busy"
"""An account that has been notified of every hundredth incident."""
BUSY_WORKER_ID = 9_999
FIRST_WORKER_ID = 10_000
FIRST_DISTRICT_DESK_ID, FIRST_COMMUNITY_DESK_ID = 100, 1000

# Random numbers from 0 to 1 that depend on two numbers only, codes of areas, and ids by time.
FUNCTIONS = (
    """
    CREATE FUNCTION bench_random(n bigint, salt bigint) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT (hashint8extended(n, salt) & 1048575) / 1048576.0 $$
    """,
    f"""
    CREATE FUNCTION bench_code(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
        SELECT '{CITY}' || lpad((n / {N_MICRO_GRIDS // DISTRICTS} + 1)::text, 2, '0')
            || lpad((n / {COMMUNITIES * GRIDS * MICRO_GRIDS} % {STREETS} + 1)::text, 3, '0')
            || lpad((n / {GRIDS * MICRO_GRIDS} % {COMMUNITIES} + 1)::text, 3, '0')
            || lpad((n / {MICRO_GRIDS} % {GRIDS} + 1)::text, 3, '0')
            || lpad((n % {MICRO_GRIDS} + 1)::text, 3, '0') $$
    """,
    """
    CREATE FUNCTION bench_id(at timestamptz, n bigint, salt bigint) RETURNS uuid
    LANGUAGE sql IMMUTABLE AS $$
        SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
            || lpad(to_hex(hashint8extended(n, salt) & 4095), 3, '0') || '8'
            || lpad(to_hex(hashint8extended(n, salt + 1) & 1152921504606846975), 15, '0'))::uuid $$
    """,
)

CITY_STATEMENTS = (
    f"""
    INSERT INTO area (code, level, parent, name)
    SELECT code, level, CASE WHEN length(code) > 4 THEN left(code, above) END, 'Area ' || code
    FROM (
        SELECT DISTINCT left(bench_code(n), digits) AS code, digits, level, above
        FROM generate_series(0, {N_MICRO_GRIDS - 1}) n, (VALUES
            (4, 'city', 0), (6, 'district', 4), (9, 'street', 6), (12, 'community', 9),
            (15, 'grid', 12), (18, 'micro_grid', 15)) AS l (digits, level, above)) AS a
    ORDER BY digits, code
    """,
    f"""
    INSERT INTO account (id, name, role, area_code, language, password_hash)
    OVERRIDING SYSTEM VALUE
    SELECT 1, 'admin', 'admin', '{CITY}', 'en', $1::text
    UNION ALL SELECT {FIRST_DISTRICT_DESK_ID} + d, 'desk-' || d, 'operator',
        '{CITY}' || lpad(d::text, 2, '0'), 'en', $1::text FROM generate_series(1, {DISTRICTS}) d
    UNION ALL SELECT {FIRST_COMMUNITY_DESK_ID} + c,
        concat_ws('-', 'desk', c / {STREETS * COMMUNITIES} + 1, c / {COMMUNITIES} % {STREETS} + 1,
            c % {COMMUNITIES} + 1),
        'operator', left(bench_code(c * {GRIDS * MICRO_GRIDS}), 12), 'en', $1::text
        FROM generate_series(0, {DISTRICTS * STREETS * COMMUNITIES - 1}) c
    UNION ALL SELECT {BUSY_WORKER_ID}, '{BUSY_WORKER}', 'worker', '{CITY}', 'en', $1::text
    UNION ALL SELECT {FIRST_WORKER_ID} + g, 'worker-' || g + 1, 'worker',
        left(bench_code(g * {MICRO_GRIDS}), 15), 'en', $1::text
        FROM generate_series(0, {N_GRIDS - 1}) g
    """,
    f"""
    INSERT INTO shift (account, area, during)
    SELECT {FIRST_WORKER_ID} + g, a.id, tstzrange(
        date_trunc('day', $1::timestamptz) + 8 * part * interval '1 h',
        date_trunc('day', $1::timestamptz) + 8 * (part + 1) * interval '1 h')
    FROM generate_series(0, {N_GRIDS - 1}) g CROSS JOIN generate_series(-3, 8) part
    JOIN area a ON a.code = left(bench_code(g * {MICRO_GRIDS}), 15)
    """,
    f"""
    INSERT INTO node (name, key, enrolled_at, state, seen_at, state_at)
    SELECT concat('district-', n % {DISTRICTS} + 1, '/site-', n, '/box-', n),
        sha256(n::text::bytea), $1::timestamptz, 'online', $1, $1
    FROM generate_series(0, {N_CAMERAS // CAMERAS_PER_NODE - 1}) n
    """,
    f"""
    INSERT INTO camera (node, name, lon, lat, area_code, state, state_at, reported_at, first_at)
    SELECT concat('district-', n % {DISTRICTS} + 1, '/site-', n, '/box-', n), 'camera-' || c,
        104 + c % 100 * 0.01, 30 + c / 100 * 0.01, bench_code(c * 7919 % {N_MICRO_GRIDS}),
        'online', $1::timestamptz, $1, $1
    FROM generate_series(0, {N_CAMERAS - 1}) c, LATERAL (SELECT c / {CAMERAS_PER_NODE} AS n)
    """,
)
