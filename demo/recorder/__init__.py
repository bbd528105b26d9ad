"""Record a visit to the demo shop as a real user's browser would: rrweb events and the video of the tab."""
