"""What a story of `every_run.py` is told with, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from tests.integration.every_endpoint import Ids, Person
from tests.integration.every_secret import Secrets
from tests.integration.sessions_site import DemoSite
from tests.unit.webhook_receiver import Receiver


class Told(NamedTuple):
    """What a story leaves behind."""

    kind: str  #: of the resource that has ended well, as in `every_resource.py`
    ids: Ids  #: its ids
    recordings: list[str]  #: all of the story's, whatever their end


@dataclass(frozen=True)
class Outside:
    """What there is beside the product: a site to look at, and a tenant's server to tell."""

    site: DemoSite
    server: Receiver


Story = Callable[[Person, Secrets, Outside], Told]
