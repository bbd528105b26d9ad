"""Cloud Storage on one machine, for the real client (`STORAGE_EMULATOR_HOST`) and for signed URLs.

```
JSON API, uploads, downloads, batch ─┐               ┌─ catalogue (SQLite): buckets, objects, sessions, events
                                     ├─▶ ObjectStore ┤
XML API: signed URLs ────────────────┘               └─ blobs (files)            │ finalize events
                                                                                 ▼
                                                     outbox ─▶ courier ──CloudEvent, OIDC──▶ function
```
An object exists when its row is committed; the same transaction adds the events that announce it.
"""
