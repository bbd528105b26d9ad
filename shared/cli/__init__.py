"""`playhead`: the platform on one machine, and what its administrator needs."""
