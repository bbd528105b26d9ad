"""Screen recordings for coding agents: frames, ARIA trees, and a prompt."""
