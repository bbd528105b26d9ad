"""Cloud Run functions: those of one dependency profile, each behind its real path, in one worker process."""
