"""Tests of the pure parts: no server, no network, no clock but the one that a test moves."""
