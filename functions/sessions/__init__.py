"""The HTTP functions of the sessions family."""
