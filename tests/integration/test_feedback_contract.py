"""The feedback API but for its videos and analyses: create, show, list, claim, delete."""

from __future__ import annotations

import gzip
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests

from shared import ports
from shared.feedback.service import details_of
from shared.recordings.recording import NOBODY
from shared.wiring import wired
from tests.integration.api_keys import save_key
from tests.integration.feedback_client import METADATA, Feedback, new_feedback_client, refusal
from tests.integration.feedback_left import holder_of, leave_unclaimed, token_of
from tests.integration.platform import TIMEOUT_S, RunningPlatform
from tests.integration.sessions_videos import small_film
from tests.integration.stored import recording_of

MIB = 1024 * 1024
CLAIMS = 50
WEEK = timedelta(days=7)


@pytest.fixture
def user(platform: RunningPlatform) -> Feedback:
    return new_feedback_client(platform)


@pytest.fixture
def colleague(platform: RunningPlatform) -> Feedback:
    return new_feedback_client(platform)


@pytest.fixture
def stranger(platform: RunningPlatform) -> Feedback:
    return new_feedback_client(platform, tenant=f"tenant-{uuid4().hex[:12]}")


def claim(by: Feedback, id: str) -> requests.Response:
    return by.call("POST", f"/recordings/{id}/claim")


def listed(by: Feedback, **query: int) -> list[dict[str, Any]]:
    answer = by.call("GET", "/recordings", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["recordings"]
    return found


def kept_context(id: str) -> bytes:
    """What is stored of everything that a client sent."""
    media: ports.Media = wired(ports.Media)
    return gzip.decompress(b"".join(media.stream(details_of(recording_of(id)).context)))


class TestCreate:
    def test_it_answers_as_the_contract_says(self, user: Feedback) -> None:
        answer = user.call("POST", "/recordings", json={"metadata": METADATA, "videoContentType": "video/quicktime"})

        body = answer.json()
        assert answer.status_code == 201
        assert list(body) == [
            "success",
            "recordingId",
            "videoUploadStatus",
            "status",
            "uploadUrl",
            "uploadToken",
            "presignedVideoObjectId",
            "presignedVideoObjectKey",
            "presignedVideoContentType",
            "presignedTtlSeconds",
        ]
        assert (body["success"], body["videoUploadStatus"], body["status"]) == (True, "pending", "pending")
        assert body["presignedVideoObjectId"].startswith("obj-")
        assert body["presignedVideoObjectKey"] in body["uploadUrl"]
        assert (body["presignedVideoContentType"], body["presignedTtlSeconds"]) == ("video/quicktime", 300)
        assert "X-Goog-Expires=300" in body["uploadUrl"]
        assert re.search(r"X-Goog-SignedHeaders=content-type(%3B|;)host", body["uploadUrl"])

    def test_a_body_may_come_as_gzip_and_is_kept_as_it_is(self, user: Feedback) -> None:
        sent = {"metadata": METADATA, "actions": [{"type": "click"}], "browserState": {}, "elements": [{"x": 1.10}]}
        packed = gzip.compress(json.dumps(sent).encode())

        answer = user.call("POST", "/recordings", data=packed, headers={"Content-Encoding": "gzip"})

        assert answer.status_code == 201, answer.text
        assert json.loads(kept_context(answer.json()["recordingId"])) == sent

    def test_ten_megabytes_of_log_and_five_thousand_actions_are_taken(self, user: Feedback) -> None:
        logged = [{"level": "log", "message": "x" * 1000, "timestamp": number} for number in range(10_000)]
        actions = [{"type": "click", "timestamp": number} for number in range(5_000)]

        created = user.create(actions=actions, browserState={"consoleLogs": logged})

        assert len(json.loads(kept_context(created["recordingId"]))["browserState"]["consoleLogs"]) == 10_000

    @pytest.mark.parametrize("is_packed", [False, True], ids=["plain", "gzip"])
    def test_a_body_over_the_cap_is_refused(self, user: Feedback, is_packed: bool) -> None:
        body = json.dumps({"metadata": METADATA, "elements": ["x" * 32 * MIB]}).encode()
        packed = {"data": gzip.compress(body), "headers": {"Content-Encoding": "gzip"}} if is_packed else {"data": body}

        refusal(user.call("POST", "/recordings", **packed), 413, "PAYLOAD_TOO_LARGE")

    @pytest.mark.parametrize(
        "body",
        [b"", b"[]", b'{"metadata": {}}', json.dumps({"metadata": METADATA, "actions": {}}).encode()],
        ids=["nothing", "a list", "no metadata", "bad actions"],
    )
    def test_what_is_not_well_formed_is_refused(self, user: Feedback, body: bytes) -> None:
        refusal(user.call("POST", "/recordings", data=body), 400, "VALIDATION_ERROR")
        assert listed(user) == []

    def test_the_same_key_makes_one_recording(self, user: Feedback) -> None:
        def create(key: str, title: str) -> requests.Response:
            body = {"metadata": {**METADATA, "title": title}}
            return user.call("POST", "/recordings", json=body, headers={"Idempotency-Key": key})

        first, again, other = create("a", "one"), create("a", "one"), create("a", "two")

        assert again.headers["Idempotency-Replayed"] == "true"
        assert again.json()["recordingId"] == first.json()["recordingId"]
        refusal(other, 409, "IDEMPOTENCY_KEY_REUSED")
        assert len(listed(user)) == 1

    def test_nobody_may_unless_the_deployment_says_so(self, user: Feedback) -> None:
        nobody = Feedback(user.url, None)

        refusal(nobody.call("POST", "/recordings", json={"metadata": METADATA}), 401, "INVALID_API_KEY")


class TestShow:
    def test_it_answers_as_the_contract_says(self, user: Feedback) -> None:
        metadata = {**METADATA, "sessionId": "s-1", "mine": [1, {"deep": None}]}
        id = user.create(metadata=metadata)["recordingId"]

        body = user.read(id).json()

        assert list(body) == ["id", "status", "sessionId", "createdAt", "duration", "metadata"]
        assert (body["id"], body["status"], body["sessionId"], body["duration"]) == (id, "pending", "s-1", 12.5)
        assert body["metadata"] == metadata
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", body["createdAt"])

    def test_metadata_come_back_byte_for_byte(self, user: Feedback) -> None:
        metadata = json.dumps(METADATA)[:-1] + ', "n": 1e2 , "big": 123456789012345678901234567890}'
        answer = user.call("POST", "/recordings", data=f'{{"metadata":{metadata}}}'.encode())

        assert user.read(answer.json()["recordingId"]).text.endswith(f'"metadata":{metadata}}}')

    def test_an_id_may_be_written_in_capitals(self, user: Feedback) -> None:
        id = user.create()["recordingId"]

        assert user.read(id.upper()).json()["id"] == id

    def test_somebody_elses_is_as_unknown_as_one_that_never_was(
        self, user: Feedback, colleague: Feedback, stranger: Feedback
    ) -> None:
        id = user.create()["recordingId"]

        said = [by.read(one) for by in (colleague, stranger) for one in (id, str(uuid4()))]

        assert len({refusal(answer, 404, "RECORDING_NOT_FOUND") for answer in said}) == 1


class TestList:
    def test_it_is_newest_first_and_of_the_user_alone(self, user: Feedback, colleague: Feedback) -> None:
        ids = [user.create()["recordingId"] for _ in range(5)]
        colleague.create()
        leave_unclaimed(user)

        assert [one["id"] for one in listed(user)] == ids[::-1]
        assert list(listed(user)[0]) == ["id", "status", "createdAt", "duration"]
        assert [one["id"] for one in listed(user, limit=2, offset=1)] == ids[::-1][1:3]
        assert [one["id"] for one in listed(user, offset=4)] == ids[:1]
        assert listed(user, limit=1, offset=9) == []

    @pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=5.0", "offset=-1", "offset=x"])
    def test_a_query_that_is_not_valid_is_refused(self, user: Feedback, query: str) -> None:
        message = refusal(user.call("GET", f"/recordings?{query}"), 400, "VALIDATION_ERROR")

        assert message.startswith(query.partition("=")[0])


class TestToken:
    def test_it_opens_what_is_nobodys(self, user: Feedback) -> None:
        id = leave_unclaimed(user)
        holder = holder_of(user.url, id)

        shown, uploaded, video = holder.read(id), holder.put_video(id, small_film()), holder.read(id, "video")
        deleted, gone = holder.call("DELETE", f"/recordings/{id}"), holder.read(id)

        assert [one.status_code for one in (shown, uploaded, video, deleted)] == [200, 200, 200, 204]
        refusal(gone, 404, "RECORDING_NOT_FOUND")

    def test_it_opens_nothing_that_is_somebodys(self, user: Feedback) -> None:
        id = leave_unclaimed(user)
        holder = holder_of(user.url, id)
        assert claim(user, id).status_code == 200

        refused = [holder.read(id), holder.read(id, "video"), holder.put_video(id, small_film())]
        refused += [holder.call("DELETE", f"/recordings/{id}")]

        assert {refusal(answer, 404, "RECORDING_NOT_FOUND") for answer in refused}
        assert user.read(id).status_code == 200

    @pytest.mark.parametrize("what", ["", "video"], ids=["the recording", "the video"])
    def test_another_recordings_is_no_credential(self, user: Feedback, what: str) -> None:
        id, other = leave_unclaimed(user), leave_unclaimed(user)
        nobody = Feedback(user.url, None)

        wrong = nobody.read(id, what, headers={"X-Upload-Token": token_of(other)})

        assert refusal(wrong, 401, "INVALID_API_KEY") == refusal(nobody.read(id, what), 401, "INVALID_API_KEY")

    @pytest.mark.parametrize("what", ["analysis", "summary", "timeline", "transcript"])
    def test_it_reads_no_analysis(self, user: Feedback, what: str) -> None:
        id = leave_unclaimed(user)

        refusal(holder_of(user.url, id).read(id, what), 401, "INVALID_API_KEY")

    def test_it_neither_analyses_nor_claims_nor_lists(self, user: Feedback) -> None:
        id = leave_unclaimed(user)
        holder = holder_of(user.url, id)

        for method, path in (("POST", f"/{id}/analyze"), ("POST", f"/{id}/claim"), ("GET", "")):
            refusal(holder.call(method, f"/recordings{path}"), 401, "INVALID_API_KEY")

    def test_bad_credentials_are_not_made_good_by_it(self, user: Feedback) -> None:
        id = leave_unclaimed(user)

        answer = holder_of(user.url, id).read(id, headers={"X-API-Key": "nonsense"})

        refusal(answer, 401, "INVALID_API_KEY")

    def test_what_is_nobodys_is_seen_by_no_caller(self, user: Feedback) -> None:
        id = leave_unclaimed(user)
        nobody_with_a_key = Feedback(user.url, save_key(NOBODY, NOBODY))

        refusal(user.read(id), 404, "RECORDING_NOT_FOUND")
        refusal(user.call("DELETE", f"/recordings/{id}"), 404, "RECORDING_NOT_FOUND")
        refusal(nobody_with_a_key.read(id), 401, "INVALID_API_KEY")
        refusal(nobody_with_a_key.call("GET", "/recordings"), 401, "INVALID_API_KEY")


class TestClaim:
    def test_it_makes_a_recording_the_callers(self, user: Feedback) -> None:
        id = leave_unclaimed(user)

        first, again = claim(user, id), claim(user, id)

        body = first.json()
        assert (first.status_code, list(body), body["success"]) == (200, ["success", "id", "userId"], True)
        assert (body["id"], body["userId"]) == (id, recording_of(id).user_id)
        assert again.text == first.text
        assert [one["id"] for one in listed(user)] == [id]

    def test_a_colleagues_is_told_so_and_a_strangers_is_not(
        self, user: Feedback, colleague: Feedback, stranger: Feedback
    ) -> None:
        id = user.create()["recordingId"]

        refusal(claim(colleague, id), 409, "ALREADY_CLAIMED")
        theirs = refusal(claim(stranger, id), 404, "RECORDING_NOT_FOUND")
        assert theirs == refusal(claim(stranger, str(uuid4())), 404, "RECORDING_NOT_FOUND")

    def test_of_fifty_at_once_exactly_one_gets_it(self, platform: RunningPlatform, user: Feedback) -> None:
        id = leave_unclaimed(user)
        tenant = f"tenant-{uuid4().hex[:12]}"
        people = [Feedback(platform.url, save_key(tenant, f"user-{number}")) for number in range(CLAIMS)]

        with ThreadPoolExecutor(CLAIMS) as pool:
            answers = list(pool.map(lambda by: by.call("POST", f"/recordings/{id}/claim", timeout=TIMEOUT_S), people))

        won = [answer.json()["userId"] for answer in answers if answer.status_code == 200]
        assert won == [recording_of(id).user_id]
        for answer in answers:
            if answer.status_code != 200:
                refusal(answer, 409, "ALREADY_CLAIMED")


class TestDelete:
    def test_it_is_gone_for_everybody_and_from_the_list(self, user: Feedback) -> None:
        id = user.create()["recordingId"]

        deleted, again = (user.call("DELETE", f"/recordings/{id}") for _ in range(2))

        assert (deleted.status_code, deleted.content) == (204, b"")
        refusal(again, 404, "RECORDING_NOT_FOUND")
        refusal(user.read(id), 404, "RECORDING_NOT_FOUND")
        refusal(claim(user, id), 404, "RECORDING_NOT_FOUND")
        assert listed(user) == []

    def test_what_nobody_claims_is_deleted_after_a_week(self, platform: RunningPlatform, user: Feedback) -> None:
        old = [leave_unclaimed(user, age=WEEK + timedelta(minutes=1)) for _ in range(3)]
        young, claimed = leave_unclaimed(user, age=WEEK - timedelta(hours=1)), leave_unclaimed(user, age=2 * WEEK)
        claim(user, claimed)

        with ThreadPoolExecutor(2) as pool:
            runs = list(pool.map(lambda _: platform.run_job("jobs_expire_unclaimed"), range(2)))

        assert all(run.ok for run in runs), [run.text for run in runs]
        recordings: ports.Recordings = wired(ports.Recordings)
        assert [recordings.find(id) for id in old] == [None] * 3
        assert recordings.find(young) is not None
        assert user.read(claimed).status_code == 200
