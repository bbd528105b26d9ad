"""The Pulumi program: `pulumi up` in this folder deploys what `functions/` declares."""

from __future__ import annotations

import pulumi

from infra.deployment import deploy
from infra.target import read_target
from shared.edge.manifest import declarations

for name, value in deploy(declarations(), read_target()).items():
    pulumi.export(name, value)
