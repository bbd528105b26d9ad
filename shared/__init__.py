"""What the functions share: the edge, the families, the heart, the adapters and the local platform."""
