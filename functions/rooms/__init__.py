"""Endpoints and jobs of the rooms family."""
