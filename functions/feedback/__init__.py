"""Endpoints of the feedback family."""
