"""Fernway, a small plant shop: something real enough to be recorded."""
