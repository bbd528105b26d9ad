"""A shop to record, and the recorder that makes the sample recording of it."""
