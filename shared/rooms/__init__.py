"""Meeting rooms whose recordings come from Cloudflare RealtimeKit, live in R2 and are archived to S3 Glacier."""
