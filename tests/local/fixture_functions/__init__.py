"""A tiny source of functions and its manifest, which belong to no product."""
