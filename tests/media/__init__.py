"""Tests of `shared.media` and of the demo recorder: real files, real ffmpeg, a real Chromium."""
