"""Cloudflare RealtimeKit as a server of one app would see it: meetings, recordings that advance, files, webhooks.

    /client/v4/accounts/{account}/realtime/kit/{app}/…   the API, with the app's token
    /.well-known/webhooks.json                           the key that webhooks are signed with
    /media/…                                             the files, by URLs that expire
    /_control/…                                          what only tests ask for (see `control`)

Time moves recordings, one thread at a time; whatever moves one writes the webhook of it in the same transaction:

    api, control ──▶ kit ──▶ store (SQLite) ──▶ courier ──▶ the app's webhook URL
          advancer ──▶ │
"""
