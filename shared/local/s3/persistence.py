"""Keep moto's buckets on disk, because moto itself keeps them in memory only.

One folder per bucket: `bucket.pickle` is the bucket without its objects, `objects/<sha256 of the key>.pickle`
the versions of one object (moto's keys are made to be pickled). An unfinished multipart upload is not kept:
its next part is answered with `NoSuchUpload`, and the client starts again.
"""

import copy
import hashlib
import pickle  # moto's keys define how they are pickled; the files are our own
import shutil
import threading
from pathlib import Path
from typing import Any

from moto.s3.models import FakeBucket, FakeKey, s3_backends


class BucketFiles:
    """The buckets of this process, as files below one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._saved_buckets: set[str] = set()
        root.mkdir(parents=True, exist_ok=True)

    def load(self) -> None:
        """Give moto every bucket that was saved; call it once, before the first request."""
        for path in sorted(self._root.glob("*/bucket.pickle")):
            bucket = _unpickle(path)
            for object_path in (path.parent / "objects").glob("*.pickle"):
                versions = _unpickle(object_path)
                bucket.keys.setlist(versions[0].name, versions)
            self._saved_buckets.add(bucket.name)
            s3_backends.bucket_accounts[bucket.name] = (bucket.partition, bucket.account_id)
            s3_backends[bucket.account_id][bucket.partition].buckets[bucket.name] = bucket

    def save(self, bucket_name: str, key: str) -> None:
        """Write down what moto holds now of one object, or of a whole bucket when `key` is empty."""
        with self._lock:
            bucket = _find_bucket(bucket_name)
            if bucket is None:
                self._remove_bucket(bucket_name)
            elif key:
                self._save_object(bucket, key)
            else:
                self._save_bucket(bucket)

    def _save_bucket(self, bucket: FakeBucket) -> None:
        folder = self._root / bucket.name
        (folder / "objects").mkdir(parents=True, exist_ok=True)
        without_objects = copy.copy(bucket)
        without_objects.keys = type(bucket.keys)()
        without_objects.multiparts = type(bucket.multiparts)()
        _pickle(without_objects, folder / "bucket.pickle")
        self._saved_buckets.add(bucket.name)
        kept = {_file_name(key) for key in list(bucket.keys)}
        for path in (folder / "objects").glob("*.pickle"):
            if path.name not in kept:
                path.unlink()

    def _remove_bucket(self, name: str) -> None:
        # A request may name any bucket, "" and ".." among them: only what was saved here is removed.
        if name in self._saved_buckets:
            shutil.rmtree(self._root / name)
            self._saved_buckets.remove(name)

    def _save_object(self, bucket: FakeBucket, key: str) -> None:
        path = self._root / bucket.name / "objects" / _file_name(key)
        versions = bucket.keys.getlist(key)
        if not versions:
            path.unlink(missing_ok=True)
            return
        for version in versions:
            _forget_parts(version)
        _pickle(versions, path)


def _find_bucket(name: str) -> FakeBucket | None:
    if name not in s3_backends.bucket_accounts:
        return None
    partition, account_id = s3_backends.bucket_accounts[name]
    return s3_backends[account_id][partition].buckets.get(name)


def _forget_parts(version: FakeKey) -> None:
    """Drop the parts of a completed upload, which moto keeps beside the whole."""
    if version.multipart:
        version.multipart.dispose()
        version.multipart.parts = {}


def _file_name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest() + ".pickle"


def _pickle(value: object, path: Path) -> None:
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("wb") as file:
        pickle.dump(value, file, protocol=5)
    unfinished.replace(path)


def _unpickle(path: Path) -> Any:
    with path.open("rb") as file:
        return pickle.load(file)  # noqa: S301 - written by _pickle
