"""What the product's values are made of: msgspec's structs.

A dataclass writes and compiles its methods when its module is imported, about 0.6 ms each time; a function loads some
fifty, which every cold start would pay for. A struct has its methods in C.
"""

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    # At run time msgspec's: this one's type is the one that type checkers know the fields of.
    from dataclasses import replace
else:
    from msgspec.structs import replace

__all__ = ["Struct", "field", "replace"]
