"""What Playhead costs over what it is made of, measured against a running platform."""
