"""The durable queue of alerts, and their delivery over MQTT."""
