"""Faults on request: a part misbehaves where a plan says so, and an account shows what really happened.

    {"faults": [{"part": "tasks", "at": "deliver", "match": {"function": "step"}, "do": "duplicate", "times": 2}]}

One folder, DATA/faults, joins whoever asks for faults and the parts that make them:

    arming ──▶ plan.json ──▶ Faults ── deliveries, grpc_calls, wsgi, asgi ──▶ what the part does
                               │ noted before it is done
    accounting ◀── <part>.jsonl

A part asks at three places: `call` (a request came, nothing was done), `answer` (everything was done, nothing
was said) and `deliver` (about to call a function). A plan may be replaced while the platform runs; what a
crash leaves is the account, so a part that was told to crash once crashes once.
"""
