-- The area of a camera follows from its point, unless a file states it: such a one stays when the
-- grids are cut anew.

ALTER TABLE camera ADD COLUMN area_is_set boolean NOT NULL DEFAULT false;
