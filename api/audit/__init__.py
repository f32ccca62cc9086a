"""The audit log: who did what, when and why. Rows are only added."""
