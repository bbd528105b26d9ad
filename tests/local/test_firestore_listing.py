"""The tree of documents and collections."""

from typing import Any

pytest_plugins = ["tests.local.firestore_fixtures"]


def test_the_documents_of_a_collection_are_listed_page_by_page(db: Any) -> None:
    batch = db.batch()
    for number in range(70):
        batch.set(db.collection("notes").document(f"{number:02}"), {"n": number})
    batch.commit()

    listed = db.collection("notes").list_documents(page_size=30)

    assert [reference.id for reference in listed] == [f"{number:02}" for number in range(70)]


def test_a_missing_document_with_children_is_listed(db: Any) -> None:
    db.document("rooms/b").set({})
    db.document("rooms/a/tracks/x/parts/y").set({})

    assert [reference.id for reference in db.collection("rooms").list_documents()] == ["a", "b"]
    assert [snapshot.id for snapshot in db.collection("rooms").stream()] == ["b"]


def test_collections_are_listed_below_a_document_and_at_the_root(db: Any) -> None:
    db.document("rooms/a/tracks/x").set({})
    db.document("rooms/a/chat/x/reactions/y").set({})
    db.document("notes/a").set({})

    assert [collection.id for collection in db.document("rooms/a").collections()] == ["chat", "tracks"]
    assert [collection.id for collection in db.collections()] == ["notes", "rooms"]


def test_a_document_is_deleted_with_everything_below_it(db: Any) -> None:
    for path in ("rooms/a", "rooms/a/tracks/x", "rooms/a/tracks/x/parts/y", "rooms/b/tracks/x"):
        db.document(path).set({})

    deleted = db.recursive_delete(db.document("rooms/a"))

    assert deleted == 3
    assert [reference.path for reference in db.collection("rooms").list_documents()] == ["rooms/b"]
    assert db.document("rooms/b/tracks/x").get().exists
