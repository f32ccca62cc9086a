"""Frame to tensor to detections."""
