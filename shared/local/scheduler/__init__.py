"""Cloud Scheduler on one machine: the declared jobs, called at their times or on request.

As in production, ticks that pass while nothing runs are not made up for, and a job never overlaps itself.
"""
