"""The whole platform on one machine: a local server for every cloud service, with the real protocol.

This folder is a product of its own. It imports nothing of the functions it serves: it is given a manifest and
a source file, and it would serve any other functions-framework functions in the same way.
"""
