"""Start the whole local platform, keep every part of it running, and stop it whole.

`platform.Platform` is the entry point. One data folder holds everything:

    DATA/lock            held while a process of a platform on this folder lives
    DATA/ports.json      the port of each part, the same at every start
    DATA/config/*.json   what the parts are started with, made from the manifest at every start
    DATA/logs/*.log      what each part prints
    DATA/<part>/         what each part keeps
"""
