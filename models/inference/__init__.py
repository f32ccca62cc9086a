"""Run a network on a frame: preprocessing, regions, output decoding, suppression."""
