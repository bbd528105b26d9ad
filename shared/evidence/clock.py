"""How times of a recording are written for people."""

from __future__ import annotations


def clock(at_s: float) -> str:
    """Write a time as minutes, seconds and tenths: 0:03.2."""
    tenths = round(at_s * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"
