"""Listings, through the real client."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.local.storage.listing import compile_glob

pytest_plugins = ["tests.local.storage_fixtures"]

NAMES = ["a.txt", "dir/0/x", "dir/0/y", "dir/1/x", "dir/1/y", "dir/z", "zoo"]


@pytest.fixture
def filled(bucket: Any) -> Any:
    for name in NAMES:
        bucket.blob(name).upload_from_string("x")
    return bucket


def names(blobs: Any) -> list[str]:
    return [blob.name for blob in blobs]


def test_names_come_in_order(filled: Any) -> None:
    assert names(filled.list_blobs()) == NAMES


def test_a_prefix_selects_names_that_begin_with_it(filled: Any) -> None:
    assert names(filled.list_blobs(prefix="dir/1/")) == ["dir/1/x", "dir/1/y"]


def test_a_delimiter_rolls_names_up_into_prefixes(filled: Any) -> None:
    listing = filled.list_blobs(prefix="dir/", delimiter="/")

    assert names(listing) == ["dir/z"]
    assert listing.prefixes == {"dir/0/", "dir/1/"}


@pytest.mark.parametrize("page_size", [1, 2, 3, 7])
@pytest.mark.parametrize("delimiter", [None, "/"])
def test_pages_concatenate_to_the_whole(filled: Any, page_size: int, delimiter: str | None) -> None:
    whole = filled.list_blobs(delimiter=delimiter)
    expected = names(whole), whole.prefixes

    paged = filled.list_blobs(delimiter=delimiter, page_size=page_size)

    assert (names(paged), paged.prefixes) == expected
    assert paged.page_number >= len(NAMES if delimiter is None else ["a.txt", "dir/", "zoo"]) // page_size


def test_max_results_ends_the_listing(filled: Any) -> None:
    assert names(filled.list_blobs(max_results=2)) == NAMES[:2]


def test_offsets_include_the_start_and_exclude_the_end(filled: Any) -> None:
    assert names(filled.list_blobs(start_offset="dir/0/y", end_offset="dir/1/y")) == ["dir/0/y", "dir/1/x"]


def test_a_glob_selects_names(filled: Any) -> None:
    assert names(filled.list_blobs(match_glob="dir/*/x")) == ["dir/0/x", "dir/1/x"]
    assert names(filled.list_blobs(match_glob="**x")) == ["dir/0/x", "dir/1/x"]
    assert names(filled.list_blobs(match_glob="?.txt")) == ["a.txt"]


@given(st.text(alphabet="ab/.+(\n", max_size=12))
def test_a_glob_without_wildcards_matches_itself_only(name: str) -> None:
    glob = compile_glob(name)

    assert glob.fullmatch(name)
    assert not glob.fullmatch(name + "a")
