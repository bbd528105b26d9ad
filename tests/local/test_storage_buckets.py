"""Buckets, through the real client."""

from typing import Any

import pytest
from google.api_core.exceptions import BadRequest, Conflict, NotFound

pytest_plugins = ["tests.local.storage_fixtures"]


def test_a_bucket_exists_once_it_is_created(storage_client: Any, bucket: Any) -> None:
    assert bucket.exists()
    assert bucket.name in [each.name for each in storage_client.list_buckets()]
    assert not storage_client.bucket("never-created").exists()


def test_a_bucket_cannot_be_created_twice(storage_client: Any, bucket: Any) -> None:
    with pytest.raises(Conflict):
        storage_client.create_bucket(bucket.name)


def test_a_bucket_needs_a_well_formed_name(storage_client: Any) -> None:
    with pytest.raises(BadRequest):
        storage_client.create_bucket("No_Capitals")


def test_labels_and_lifecycle_rules_are_kept(storage_client: Any, bucket: Any) -> None:
    bucket.labels = {"a": "b"}
    bucket.add_lifecycle_delete_rule(age=3)

    bucket.patch()

    read = storage_client.get_bucket(bucket.name)
    assert read.labels == {"a": "b"}
    assert [rule["condition"] for rule in read.lifecycle_rules] == [{"age": 3}]
    assert read.metageneration == 2


def test_only_an_empty_bucket_can_be_deleted(bucket: Any) -> None:
    blob = bucket.blob("x")
    blob.upload_from_string("x")
    with pytest.raises(Conflict):
        bucket.delete()

    blob.delete()
    bucket.delete()

    assert not bucket.exists()


def test_an_upload_to_a_missing_bucket_is_refused(storage_client: Any) -> None:
    with pytest.raises(NotFound):
        storage_client.bucket("never-created").blob("x").upload_from_string("x")
