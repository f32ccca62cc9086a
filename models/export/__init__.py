"""Convert networks to ONNX, and make faster versions of them: fold, quantize."""
