"""A second application, unlike the shop: dark, animated, never quite still. It is what settled screens are held to."""
