"""The edge: what a function is, declared once; everything that all functions do alike."""
