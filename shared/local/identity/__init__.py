"""Local identity: one key pair that signs the tokens of every part, published as Google publishes its own."""
