"""What is deployed: one file is one function, named `<folder>_<file>`."""
