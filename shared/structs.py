"""What the product's values are made of: msgspec's structs.

A dataclass writes and compiles its methods when its module is imported; an API function loads some fifty classes, and
every cold start would pay for each. A struct's methods are in C. `frozen=True, kw_only=True` mean what they mean there;
`dict=True` is for a class that caches a property.
"""

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    # At run time msgspec's: this one's type is the one that type checkers know the fields of.
    from dataclasses import replace
else:
    from msgspec.structs import replace

__all__ = ["Struct", "field", "replace"]
