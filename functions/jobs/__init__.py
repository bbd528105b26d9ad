"""What the scheduler calls."""
