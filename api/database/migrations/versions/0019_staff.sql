-- The clock engine looks for the desks of areas with every batch, among 160,000 workers.

CREATE INDEX account_staff ON account (id) WHERE role IN ('operator', 'supervisor', 'admin');
