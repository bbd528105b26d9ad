"""One data folder belongs to one platform at a time."""

import fcntl
import os
import time
from pathlib import Path

from shared.local.supervisor.errors import DataFolderInUse

_PATIENCE_S = 2.0


class DataLock:
    """A lock that lasts as long as any process of the platform lives.

    Parts inherit it: when a supervisor is killed, its parts need a moment to notice, and until the last of them
    is gone the ports and files are not free for the next platform. The kernel releases it; there is no stale
    lock.
    """

    def __init__(self, folder: Path) -> None:
        """Take the lock of `folder`, waiting a moment for the parts of a platform that was just killed.

        Raises:
            DataFolderInUse: another platform holds it.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + _PATIENCE_S
        while not self._try():
            if time.monotonic() > deadline:
                owner = os.read(self.descriptor, 20).decode()
                os.close(self.descriptor)
                raise DataFolderInUse(
                    f"{folder} is in use by another platform (process {owner}); "
                    "stop that one, or choose another data folder"
                )
            time.sleep(0.05)
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Let go of our share of the lock."""
        os.close(self.descriptor)

    def _try(self) -> bool:
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
