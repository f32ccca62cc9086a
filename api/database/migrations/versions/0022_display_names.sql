-- What people call a node, a camera or a zone, and where it is, beside the key that programs use.
-- `title` and `address` of a camera come from an import and take precedence over what its node says.

ALTER TABLE node ADD COLUMN title text, ADD COLUMN address text;
ALTER TABLE camera
    ADD COLUMN title text, ADD COLUMN address text,
    ADD COLUMN reported_title text, ADD COLUMN reported_address text,
    ADD COLUMN zone_titles jsonb NOT NULL DEFAULT '{}';
ALTER TABLE area ADD COLUMN address text;

-- What to show for the keys of a node, a camera and a zone; the key itself where there is no name.
CREATE FUNCTION display_names(node text, camera text, zone text) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'node', coalesce(n.title, $1),
        'camera', coalesce(c.title, c.reported_title, $2),
        'zone', coalesce(c.zone_titles ->> $3, $3),
        'address', coalesce(c.address, c.reported_address, n.address, a.address, ''))
    FROM (SELECT 1) AS one
    LEFT JOIN node n ON n.name = $1
    LEFT JOIN camera c ON c.node = $1 AND c.name = $2
    LEFT JOIN area a ON a.code = c.area_code
$$;
