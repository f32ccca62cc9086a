"""The MQTT client of the centre."""
