"""The node's own credentials: enrolment by code, and rotation of its key."""
