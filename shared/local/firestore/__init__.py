"""Cloud Firestore (native mode) on one machine: the real gRPC protocol, kept in SQLite.

The client is Google's own (`google-cloud-firestore` with `FIRESTORE_EMULATOR_HOST`). What matters to a
program that will run in production is as strict as production: a query without its composite index is
refused, transactions conflict, documents expire, names and sizes are limited. Methods that the Python client
does not call (GetDocument, UpdateDocument, …), Listen, PartitionQuery and vector search are not served.

    rpc ── service ── store ─┬─ writes, transforms                   what a write does
                             ├─ write_rules, document_rules          what a write may do
                             ├─ query, filters ── engine, planner    what a query means, and how it is run
                             ├─ index_rules ── schema                which composite index it must have
                             ├─ transactions                         optimistic: validated at commit
                             ├─ documents, sorted_index              everything, in memory, in order
                             └─ journal                              everything, in SQLite
"""
