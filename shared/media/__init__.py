"""What the processing steps know about media: facts, remuxing, pictures, and rrweb events in short.

The package works on file objects and paths; it knows nothing of recordings, buckets or the web.
"""
