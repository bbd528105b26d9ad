"""Amazon S3 and Cloudflare R2: moto's server, and what it lacks: slow restores, data that survive a kill."""
