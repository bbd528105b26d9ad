"""A narrated screen recording of any length, joined of the demo's own without encoding anything anew."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from typing import Any

import av

from benchmarks.sessions_platform import SCREENS
from demo.telling import SAMPLE

#: How long the two are; what follows begins with a keyframe.
SCREENS_S, NARRATION_S = 55, 20
Track = tuple[bytes, bool, Fraction]


def narrated_film(length_s: int) -> bytes:
    """The recording of 21 screens, with the visitor of the shop speaking, again and again: 1280×720, VP9 and Opus."""
    film = BytesIO()
    with (
        av.open(str(SCREENS)) as pictures,
        av.open(str(SAMPLE / "narration.webm")) as speech,
        av.open(film, "w", format="webm", options={"live": "1"}) as output,
    ):
        video, audio = pictures.streams.video[0], speech.streams.audio[0]
        packets = _again_and_again(
            _packets(pictures, video), output.add_stream_from_template(video), SCREENS_S, length_s
        )
        packets += _again_and_again(
            _packets(speech, audio), output.add_stream_from_template(audio), NARRATION_S, length_s
        )
        for _, packet in sorted(packets, key=lambda timed: timed[0]):
            output.mux(packet)
    return film.getvalue()


def _packets(container: Any, stream: Any) -> list[Track]:
    return [
        (bytes(packet), packet.is_keyframe, packet.pts * packet.time_base)
        for packet in container.demux(stream)
        if packet.pts is not None
    ]


def _again_and_again(packets: list[Track], target: Any, every_s: int, length_s: int) -> list[tuple[Fraction, Any]]:
    made = []
    for start_s in range(0, length_s, every_s):
        for content, is_keyframe, at_s in packets:
            if at_s >= every_s or start_s + at_s >= length_s:
                continue
            packet = av.Packet(content)
            packet.stream, packet.time_base, packet.is_keyframe = target, Fraction(1, 1000), is_keyframe
            packet.pts = packet.dts = round((start_s + at_s) * 1000)
            made.append((start_s + at_s, packet))
    return made
