"""Receivers of storage events."""
