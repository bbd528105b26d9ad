"""The prompt as each agent reads it best; what is quoted is the same, what is said about it is not."""
