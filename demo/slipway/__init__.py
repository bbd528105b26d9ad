"""A third application, a boatyard's board: what finds settled screens was never tuned on it, and is judged by it."""
