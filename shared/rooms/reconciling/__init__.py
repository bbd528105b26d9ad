"""Reconciling: what Firestore, the two stores and the provider do not agree on, and what sets it right."""
