"""Workers of the queues."""
