"""Firestore: the documents, and every query by name."""
