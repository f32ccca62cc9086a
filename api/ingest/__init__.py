"""MQTT messages to stored alerts and receipts."""
