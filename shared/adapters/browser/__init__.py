"""A headless Chromium that looks at pages which users name, kept away from everything that is not public.

    PlaywrightInspector ──jobs──▶ worker process (Playwright, Chromium)
            │                              │ every request, with the visit's credential
            └──starts──▶ ForwardProxy ◀────┘
                             │ check_url, then connects to the checked address
                             ▼
                         the internet

The proxy and its guard live in our process; the browser, and the code that drives it, in processes that hold no
secret and are killed when a page has used up its time.
"""
