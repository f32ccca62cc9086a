"""The PostgreSQL server and MQTT broker that a centre starts when none is configured."""
