"""A second application, unlike the shop: dark, animated, never quite still. It judges what finds settled screens."""
