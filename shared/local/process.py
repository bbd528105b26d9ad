"""Tie the life of a part to the life of the process that started it.

A supervisor that is killed with SIGKILL cannot stop its parts, so every part watches for that itself.
Linux's own parent-death signal is not used: it follows the *thread* that started the child, which may end
long before its process does.
"""

import os
import signal
import threading
import time

_POLL_S = 0.25


def exit_with_parent(pid: int) -> None:
    """End this process, without clean-up, as soon as `pid` is no longer its parent.

    A process that leads its own process group takes the whole group with it, so that nothing it started is
    left. Returns immediately; a daemon thread looks four times a second.
    """
    threading.Thread(target=_watch, args=(pid,), name="exit-with-parent", daemon=True).start()


def _watch(pid: int) -> None:
    while os.getppid() == pid:
        time.sleep(_POLL_S)
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
