"""The heart: what a recording is, how it lives, and how it is processed, for every family alike."""
