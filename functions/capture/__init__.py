"""Endpoints of the capture family."""
