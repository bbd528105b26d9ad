"""Tests of the product on the local platform: real servers, real clients, real recordings."""
