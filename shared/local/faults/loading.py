"""The door for a part's main function: faults cost nothing, not even their import, where nobody asked for them."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.local.faults.faults import Faults
    from shared.local.faults.plan import Part


def load_faults(part: "Part", folder: Path | None) -> "Faults | None":
    """Return the faults of a part that was started with a folder of them; see `Faults` for who may call it."""
    if folder is None:
        return None
    from shared.local.faults.faults import Faults

    return Faults(part, folder)
