"""Credentials of nodes: enrolment by code, certificates, rotation, revocation."""
