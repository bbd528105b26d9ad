"""Tests of the infrastructure: the real Pulumi program, run without a cloud."""
