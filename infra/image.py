"""`python -m infra.image <folder>`: the folder that the image of the profile `browser` is built from.

It holds what the archive of a Cloud Function of that profile would, and the Dockerfile, which says how to go on.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

from infra.source import ROOT, requirements_of, source_files

PROFILE = "browser"
DOCKERFILE = ROOT / "infra" / "browser" / "Dockerfile"


def main(arguments: Sequence[str] | None = None) -> None:
    """Lay out the folder that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m infra.image", description=__doc__)
    parser.add_argument("folder", type=Path, help="made anew")
    lay_out(parser.parse_args(arguments).folder)


def lay_out(folder: Path) -> None:
    """Make the folder; what lay there of an earlier image goes.

    Raises:
        FileExistsError: something else lies there.
    """
    if folder.exists() and any(folder.iterdir()):
        if not (folder / DOCKERFILE.name).is_file():
            raise FileExistsError(f"{folder} is no folder of an image")
        shutil.rmtree(folder)
    for name, path in {**source_files(), DOCKERFILE.name: DOCKERFILE}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / name)
    (folder / "requirements.txt").write_text(requirements_of(PROFILE))


if __name__ == "__main__":
    main()
