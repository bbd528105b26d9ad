"""Tests of the code's own shape: what imports what, what is generated, what a declaration must hold."""
