"""What recordings show, in plain values: pages, elements and trees that every family's analysis points at."""
