"""Cloud Tasks v2 on one machine: the real gRPC protocol, kept in SQLite, delivering over real HTTP.

    client ── CreateTask ──▶ server ▶ service ▶ store (SQLite, committed before the answer)
                                         │ wake
                                         ▼
                                     dispatcher ── POST, OIDC token ──▶ function
                                         │ answer
                                         ▼
                              attempts: done, or due again after the back-off

What is not as in production: queues start at full speed (no ramp-up), at most 64 attempts are under way at
once over all queues, a deleted queue's name is free at once, tasks do not expire after 31 days, `Retry-After`
is not looked at, and only `http://` targets are called.
"""
