-- The equipment monitor compares every few seconds what is wrong with the incidents about it.

CREATE INDEX incident_equipment ON incident (scenario)
    WHERE class = 'equipment' AND (is_open OR NOT is_over);
