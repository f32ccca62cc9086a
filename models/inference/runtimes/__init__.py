"""What runs a network: load, warm up, infer."""
