"""Times in Google's messages, as seconds, and the states of a queue, as what they are.

The client library declares a time field as the protobuf message of the wire but reads it as `datetime` or
`timedelta`, and declares the members of an enum as `int`. Only this module knows.
"""

from datetime import datetime, timedelta
from typing import cast

from google.cloud.tasks_v2 import HttpMethod, Queue
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

RUNNING = Queue.State(Queue.State.RUNNING)
PAUSED = Queue.State(Queue.State.PAUSED)
POST = HttpMethod(HttpMethod.POST)


def seconds_at(moment: Timestamp) -> float:
    """Return the value of a timestamp field in seconds since 1970."""
    return cast(datetime, moment).timestamp()


def seconds_of(duration: Duration) -> float:
    """Return the value of a duration field in seconds."""
    return cast(timedelta, duration).total_seconds()


def timestamp(at_s: float) -> Timestamp:
    """Return the message for `at_s` seconds since 1970, to the microsecond."""
    moment = Timestamp()
    moment.FromMicroseconds(round(at_s * 1e6))
    return moment


def duration(length_s: float) -> Duration:
    """Return the message for a length in seconds, to the microsecond."""
    length = Duration()
    length.FromMicroseconds(round(length_s * 1e6))
    return length
