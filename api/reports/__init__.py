"""Statistics and latency figures."""
