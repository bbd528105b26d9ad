"""Cloudflare RealtimeKit, over Cloudflare's own client."""
