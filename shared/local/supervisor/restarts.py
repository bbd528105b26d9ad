"""When a part that died is started again."""

from collections import deque

_WINDOW_S = 10.0
_MOST_DEATHS = 5
_FIRST_BACKOFF_S = 0.1


class Restarts:
    """The deaths of one part: the first is answered at once, more of them with a growing delay."""

    def __init__(self) -> None:
        self._deaths_s: deque[float] = deque(maxlen=_MOST_DEATHS)

    def delay_s(self, now_s: float) -> float | None:
        """Note a death and return how long to wait before the restart, or None to give up.

        >>> restarts = Restarts()
        >>> [restarts.delay_s(now_s) for now_s in (0.0, 1.0, 2.0, 3.0, 4.0)]
        [0.0, 0.1, 0.2, 0.4, None]
        >>> restarts.delay_s(60.0)
        0.0
        """
        self._deaths_s.append(now_s)
        recent = sum(now_s - death_s < _WINDOW_S for death_s in self._deaths_s)
        if recent == _MOST_DEATHS:
            return None
        return 0.0 if recent == 1 else _FIRST_BACKOFF_S * 2 ** (recent - 2)
