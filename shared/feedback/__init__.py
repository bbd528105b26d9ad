"""Feedback: recordings analysed by AI, with evidence that can be checked."""
