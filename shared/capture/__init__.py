"""The capture family: browser flows, as rrweb events and an optional tab video."""
