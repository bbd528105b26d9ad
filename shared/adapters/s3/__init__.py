"""Files in two buckets of S3 services: by default Cloudflare R2 for the hot ones and S3 Glacier for the cold ones.

Settings alone say whose service each bucket is of; only what both makers have is used.

| file        | what it knows                                                     |
| ----------- | ----------------------------------------------------------------- |
| `stores.py` | the two stores of this process, by its settings                   |
| `files.py`  | `S3Files`: the port `FileStore` over one bucket                   |
| `reader.py` | a seekable file over one object, read by ranges                   |
| `etags.py`  | what an object's ETag proves                                      |
| `client.py` | the boto3 client of a bucket, and its failures in our words       |
"""
