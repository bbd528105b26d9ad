"""What can go wrong with a platform as a whole.

PlatformError
├── DataFolderInUse    another platform runs on the same data
├── EmulatorMissing    Google's Firestore emulator was asked for and is not installed
└── PartFailed         a part does not start, or dies again and again
"""


class PlatformError(Exception):
    """The platform cannot run; the message says what to do about it."""


class DataFolderInUse(PlatformError):
    """Another platform runs on the same data."""


class EmulatorMissing(PlatformError):
    """Google's Firestore emulator was asked for and is not installed."""


class PartFailed(PlatformError):
    """A part does not start, or dies again and again."""
