"""Webhooks: what the provider tells us, and what tenants' servers are told."""
