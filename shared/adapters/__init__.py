"""The outside world, one file per system. Nothing outside this package knows Google's exceptions."""
