"""Infrastructure as code (Pulumi), derived from what `functions/` declares.

    __main__ ── target.py      the stack's configuration, and the names that follow from it
        │
    deployment.py
        ├── foundation.py      what is there once: buckets, queues, secrets, invoker accounts, source archives
        ├── firestore.py       indexes, exemptions and times to live, from the named queries
        ├── cloud_functions.py one function per declaration ── environment.py, source.py, iam.py, triggers.py
        ├── containers.py      the same, of the profiles that need an image of our own ── image.py, browser/Dockerfile
        ├── schedules.py       one Cloud Scheduler job per job
        └── loadbalancer.py    one host in front of the endpoints ── routes.py

A new file under `functions/` is deployed without a change here.
"""
