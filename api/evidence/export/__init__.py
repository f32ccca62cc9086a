"""Export the evidence of an incident: watermarked, signed, verifiable without the centre."""
