"""A page reaches nothing that is not public, by no way that a browser knows, and is told of when it tries."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.media.inspected import Reply, Site, inspector_of, page, serve_site

#: `{port}` is where a listener waits on loopback.
REACHING = {
    "redirect": Reply(status=302, location="http://127.0.0.1:{port}/"),
    "redirect to metadata": Reply(status=302, location="http://169.254.169.254/computeMetadata/v1/"),
    "redirect to another port": Reply(status=302, location="http://site.test:{port}/"),
    "picture": page("<img src=http://127.0.0.1:{port}/a.png>"),
    "picture by name": page("<img src=http://localhost:{port}/a.png>"),
    "picture over IPv6": page("<img src=http://[::1]:{port}/a.png>"),
    "picture of a link-local address": page("<img src=http://169.254.169.254/a.png>"),
    "picture over TLS": page("<img src=https://127.0.0.1:{port}/a.png>"),
    "frame": page("<iframe src=http://127.0.0.1:{port}/></iframe>"),
    "fetch": page("<script>fetch('http://127.0.0.1:{port}/', {mode: 'no-cors'})</script>"),
    "beacon": page("<script>navigator.sendBeacon('http://127.0.0.1:{port}/', 'x')</script>"),
    "web socket": page("<script>new WebSocket('ws://127.0.0.1:{port}/')</script>"),
    "worker": page(
        "<script>new Worker(URL.createObjectURL(new Blob(["
        "\"fetch('http://127.0.0.1:{port}/', {mode: 'no-cors'})\"])))</script>"
    ),
    "form": page("<form id=f method=post action=http://127.0.0.1:{port}/></form><script>f.submit()</script>"),
    "script that goes there": page("<script>location = 'http://127.0.0.1:{port}/'</script>"),
    "refresh": page("<meta http-equiv=refresh content='0;url=http://127.0.0.1:{port}/'>"),
    "private name": page("<img src=http://other.test/a.png>"),
}

WEBRTC = """
<script>
  const peer = new RTCPeerConnection({iceServers: [
    {urls: "stun:127.0.0.1:{udp}"}, {urls: "stun:localhost:{udp}"},
    {urls: "turn:127.0.0.1:{udp}?transport=udp", username: "u", credential: "c"},
    {urls: "turn:127.0.0.1:{port}?transport=tcp", username: "u", credential: "c"},
  ]});
  peer.createDataChannel("x");
  const found = [];
  peer.onicecandidate = (event) => { if (event.candidate) found.push(event.candidate.candidate) };
  peer.onicegatheringstatechange = () => { document.title = peer.iceGatheringState };
  peer.createOffer().then((offer) => peer.setLocalDescription(offer));
  document.write("<h1>gathering</h1><p>" + !!peer.localDescription + "</p>");
  setTimeout(() => document.body.append("candidates: " + found.length), 400);
</script>
"""

TRANSPORT = """
<script>
  try { new WebTransport("https://127.0.0.1:{udp}/").ready.catch((error) => document.body.append("refused")) }
  catch (error) { document.body.append("refused") }
</script>
<link rel="dns-prefetch" href="http://prefetched.test/"><link rel="preconnect" href="http://127.0.0.1:{port}/">
"""

POWERS = """
<h1>Powers</h1><ul></ul>
<script>
  const list = document.querySelector("ul");
  const tell = (text) => list.append(Object.assign(document.createElement("li"), {textContent: text}));
  const refused = (name) => (error) => tell(name + ": " + error.name);
  navigator.geolocation.getCurrentPosition(() => tell("position: given"), (error) => tell("position: " + error.code));
  navigator.mediaDevices.getUserMedia({audio: true}).then(() => tell("sound: given"), refused("sound"));
  Notification.requestPermission().then((answer) => tell("notifications: " + answer));
  navigator.clipboard.readText().then(() => tell("clipboard: given"), refused("clipboard"));
  navigator.serviceWorker.register("/worker.js")
    .then((registered) => tell("service worker: " + (registered ? "given" : "none")), refused("service worker"));
  navigator.serviceWorker.ready.then(() => tell("service worker: ready"));
</script>
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serve_site() as server:
        yield server


@pytest.fixture(scope="module")
def tcp() -> Iterator[socket.socket]:
    """Somebody on loopback whom no page may reach."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


@pytest.fixture(scope="module")
def udp() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.setblocking(False)
        yield listener


@pytest.fixture(scope="module")
def errors(site: Site, tcp: socket.socket) -> dict[str, str | None]:
    """What each page comes to, with one browser."""
    port = str(tcp.getsockname()[1])
    urls = []
    for name, reply in REACHING.items():
        location = reply.location and reply.location.replace("{port}", port)
        body = reply.body.replace(b"{port}", port.encode())
        urls.append(site.add("/" + name.replace(" ", "-"), Reply(body, status=reply.status, location=location)))
    found = inspector_of(site).inspect(urls)
    return dict(zip(REACHING, (one.error for one in found), strict=True))


@pytest.mark.parametrize("name", REACHING)
def test_a_page_that_reaches_for_what_is_not_public_is_refused(
    errors: dict[str, str | None], tcp: socket.socket, name: str
) -> None:
    reasons = ("refused: private address", "refused: port not allowed")

    assert errors[name] in reasons
    with pytest.raises(BlockingIOError):
        tcp.accept()


def test_no_packet_leaves_the_browser_beside_the_proxy(site: Site, tcp: socket.socket, udp: socket.socket) -> None:
    hosts = [f"localhost:{site.server_port}"]  # a secure context, in which a page may try everything
    pages = [("/webrtc", WEBRTC), ("/transport", TRANSPORT)]
    for path, body in pages:
        ports = {"{port}": str(tcp.getsockname()[1]), "{udp}": str(udp.getsockname()[1])}
        for mark, port in ports.items():
            body = body.replace(mark, port)
        site.add(path, body)
    asked: list[str] = []

    def resolve(host: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    inspector = inspector_of(hosts=hosts, resolve=resolve)
    found = inspector.inspect([f"http://{hosts[0]}{path}" for path, _ in pages])

    assert {"/webrtc", "/transport"} <= set(site.paths_asked())
    assert {one.error for one in found} <= {None, "refused: private address", "refused: port not allowed"}
    assert set(asked) == {"localhost"}
    for listener in (tcp, udp):
        with pytest.raises(BlockingIOError):
            listener.recvfrom(1) if listener is udp else listener.accept()


def test_a_page_is_given_no_power_over_the_machine(site: Site) -> None:
    hosts = [f"localhost:{site.server_port}"]
    site.add("/powers", POWERS)
    site.add("/worker.js", Reply(b"", content_type="text/javascript"))

    inspector = inspector_of(hosts=hosts, resolve=lambda _: ["127.0.0.1"])
    (found,) = inspector.inspect([f"http://{hosts[0]}/powers"])

    assert found.error is None
    assert "given" not in found.aria
    assert "service worker: ready" not in found.aria
    assert "/worker.js" not in site.paths_asked()
    assert "position: 1" in found.aria
    assert "sound: NotAllowedError" in found.aria or "sound: NotFoundError" in found.aria
    assert "clipboard: NotAllowedError" in found.aria
    assert "notifications: denied" in found.aria


def test_a_name_that_turns_private_while_a_page_loads_is_refused(site: Site) -> None:
    """The first look finds the listed site; the page then asks for another name, which was public a moment ago."""
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])

    def resolve(host: str) -> list[str]:
        return next(answers) if host == "rebound.test" else ["127.0.0.1"]

    assert resolve("rebound.test") == ["93.184.215.14"]
    url = site.add("/rebinding", "<h1>x</h1><img src=http://rebound.test/a.png>")
    (found,) = inspector_of(site, resolve=resolve).inspect([url])

    assert found.error == "refused: private address"
