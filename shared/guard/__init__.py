"""The one guard through which every URL goes that a user gave us.

    check_url(url) ──▶ CheckedAddress(host, port, scheme, addresses) ──▶ open_connection(checked)

A URL is first read strictly (what readers could take in two ways is refused), then its name is resolved, then *every*
address is judged. Whoever connects does so to these addresses and never to the name: a name that answers differently
the second time (DNS rebinding) changes nothing.

| file           | what it knows                                                        |
| -------------- | -------------------------------------------------------------------- |
| `targets.py`   | how a URL is read, and which hosts, ports and names are never public |
| `addresses.py` | which addresses are public                                           |
| `check.py`     | `check_url`: the two together, with the name resolved in time        |
| `connect.py`   | a connected socket                                                   |
| `session.py`   | a `requests` session whose every connection, redirects too, is checked |
| `cutoff.py`    | one end for all that a request does, however slowly it is answered   |
"""
