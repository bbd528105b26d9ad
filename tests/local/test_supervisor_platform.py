"""The whole platform with the fixture functions: its services reach them, and a killed part comes back."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
import requests
from google.cloud import firestore, tasks_v2
from google.cloud.storage import Client as StorageClient
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport
from google.oauth2 import service_account
from localstack_client.session import Session

from shared.local.realtimekit.config import ACCOUNT_ID, API_TOKEN, APP_ID
from shared.local.supervisor.addresses import Addresses
from shared.local.supervisor.errors import DataFolderInUse
from shared.local.supervisor.platform import Platform
from tests.local.fixture_platform import PARTS, fixture_config, wait_for_note
from tests.local.part_process import is_alive, process_tree, wait_until

BACK_WITHIN_S = 5.0


@dataclass(frozen=True)
class Running:
    """A started platform, and real clients of it."""

    platform: Platform
    addresses: Addresses
    folder: Path

    @property
    def storage(self) -> Any:
        credentials = service_account.Credentials.from_service_account_file(  # type: ignore[no-untyped-call]
            self.addresses.service_account_file, scopes=["https://www.googleapis.com/auth/cloud-platform"]
        )
        return StorageClient(
            self.addresses.project,
            credentials=credentials,
            client_options={"api_endpoint": self.addresses.storage},
        )

    @property
    def tasks(self) -> Any:
        channel = grpc.insecure_channel(self.addresses.tasks)
        return tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))

    @property
    def queue(self) -> str:
        return f"projects/{self.addresses.project}/locations/{self.addresses.location}/queues/media"

    @property
    def firestore(self) -> Any:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("FIRESTORE_EMULATOR_HOST", self.addresses.firestore)
            return firestore.Client(self.addresses.project)

    @property
    def s3(self) -> Any:
        return Session(localstack_host=self.addresses.s3.removeprefix("http://")).client("s3")

    def ask_realtimekit(self, method: str, path: str, **fields: object) -> Any:
        url = f"{self.addresses.realtimekit}/client/v4/accounts/{ACCOUNT_ID}/realtime/kit/{APP_ID}/{path}"
        headers = {"Authorization": f"Bearer {API_TOKEN}"}
        return requests.request(method, url, json=fields, headers=headers, timeout=5).json()["data"]

    @property
    def keys(self) -> object:
        return requests.get(f"{self.addresses.identity}/certs", timeout=5).json()

    def task(self, body: bytes, **fields: object) -> Any:
        url = self.addresses.function_urls["step"]
        token = tasks_v2.OidcToken(service_account_email=self.addresses.account("tasks"), audience=url)
        request = tasks_v2.HttpRequest(url=url, body=body, oidc_token=token)
        return self.tasks.create_task(parent=self.queue, task=tasks_v2.Task(http_request=request, **fields))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("platform")
    with Platform(fixture_config(folder)) as platform:
        platform.wait_ready(30)
        ports = json.loads((folder / "data" / "ports.json").read_text())
        assert set(ports) == set(PARTS)
        yield Running(platform, platform.addresses, folder)


def test_a_profile_without_functions_has_no_server(running: Running) -> None:
    assert set(running.addresses.functions) == {"api", "media"}
    with pytest.raises(KeyError):
        running.platform.pid("browser")


def test_endpoints_are_served_by_their_profile(running: Running) -> None:
    api = running.addresses.functions["api"]

    seen = requests.get(f"{api}/demo/api/v1/things/7", timeout=5).json()

    assert seen["path"] == "/demo/api/v1/things/7"
    assert requests.get(f"{api}/fn/step", timeout=5).status_code == 404
    assert requests.get(running.addresses.function_urls["step"], timeout=5).status_code == 401


def test_functions_know_where_everything_is(running: Running) -> None:
    api = running.addresses.functions["api"]

    seen = requests.get(f"{api}/demo/environment", timeout=5).json()

    assert seen["FIRESTORE_EMULATOR_HOST"] == running.addresses.firestore
    assert seen["GOOGLE_APPLICATION_CREDENTIALS"] == str(running.addresses.service_account_file)
    assert seen["FIXTURE_ISSUER"] == running.addresses.identity
    assert running.platform.environment.items() <= seen.items()


def test_a_task_reaches_its_step_with_a_valid_token(running: Running) -> None:
    running.task(b"from the queue")

    note: Any = wait_for_note(running.folder, "step", lambda what: "from the queue" in str(what))

    assert note["claims"]["email"] == f"tasks@{running.addresses.project}.iam.gserviceaccount.com"
    assert note["claims"]["email_verified"] is True
    assert note["claims"]["aud"] == running.addresses.function_urls["step"]


def test_an_upload_reaches_the_trigger_of_its_bucket(running: Running) -> None:
    running.storage.bucket("uploads").blob("in/film.webm").upload_from_string(b"film")
    running.storage.bucket("media").blob("out/film.webm").upload_from_string(b"film")

    note: Any = wait_for_note(running.folder, "uploaded", lambda what: "film.webm" in str(what))

    assert note == {
        "type": "google.cloud.storage.object.v1.finalized",
        "bucket": "uploads",
        "name": "in/film.webm",
    }


def test_a_job_runs_on_request(running: Running) -> None:
    answer = requests.post(f"{running.addresses.scheduler}/run/job", timeout=10)

    assert answer.status_code == 200
    assert wait_for_note(running.folder, "job", bool) == "fired"


def test_a_recorded_meeting_reaches_the_function_of_the_webhooks(running: Running) -> None:
    meeting = running.ask_realtimekit("POST", "meetings", title="told of")["id"]
    running.ask_realtimekit("POST", "recordings", meeting_id=meeting)

    webhooks = f"{running.addresses.realtimekit}/_control/meetings/{meeting}/webhooks"

    wait_until(lambda: requests.get(webhooks, timeout=5).json()[0]["state"] == "delivered")


def keep_a_document(running: Running) -> Callable[[], object]:
    document = running.firestore.document("kept/one")
    document.set({"field": "value"})
    return lambda: running.firestore.document("kept/one").get().to_dict()


def keep_an_object(running: Running) -> Callable[[], object]:
    running.storage.bucket("media").blob("kept").upload_from_string(b"bytes")
    return lambda: running.storage.bucket("media").blob("kept").download_as_bytes()


def keep_an_archived_object(running: Running) -> Callable[[], object]:
    running.s3.create_bucket(Bucket="archive")
    running.s3.put_object(Bucket="archive", Key="kept", Body=b"bytes", StorageClass="GLACIER")
    return lambda: running.s3.head_object(Bucket="archive", Key="kept")["StorageClass"]


def keep_a_meeting(running: Running) -> Callable[[], object]:
    made = running.ask_realtimekit("POST", "meetings", title="kept")
    return lambda: running.ask_realtimekit("GET", f"meetings/{made['id']}")


def keep_a_task(running: Running) -> Callable[[], object]:
    in_an_hour = datetime.now(UTC) + timedelta(hours=1)
    name = running.task(b"for later", schedule_time=in_an_hour).name
    return lambda: running.tasks.get_task(name=name).name


def keep_the_keys(running: Running) -> Callable[[], object]:
    return lambda: running.keys


def keep_serving(running: Running) -> Callable[[], object]:
    api, step = running.addresses.functions["api"], running.addresses.function_urls["step"]
    return lambda: (
        requests.get(f"{api}/demo/api/v1/things/7", timeout=5).json(),
        requests.get(step, timeout=5).status_code,
    )


KEPT: Mapping[str, Callable[[Running], Callable[[], object]]] = {
    "identity": keep_the_keys,
    "firestore": keep_a_document,
    "storage": keep_an_object,
    "tasks": keep_a_task,
    "scheduler": keep_serving,
    "s3": keep_an_archived_object,
    "realtimekit": keep_a_meeting,
    "api": keep_serving,
    "media": keep_serving,
}


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_part_is_back_soon_with_what_it_kept(running: Running, part: str) -> None:
    look = KEPT[part](running)
    before, pid = look(), running.platform.pid(part)
    family = process_tree(pid)

    running.platform.kill(part)
    wait_until(lambda: running.platform.pid(part) != pid, timeout_s=BACK_WITHIN_S)
    running.platform.wait_ready(BACK_WITHIN_S)

    assert look() == before
    assert not [member for member in family if is_alive(member)]


def test_two_platforms_with_their_own_data_run_at_once(running: Running, tmp_path: Path) -> None:
    with Platform(fixture_config(tmp_path)) as other:
        ours, theirs = running.addresses.functions["api"], other.addresses.functions["api"]

        assert ours != theirs
        assert requests.get(f"{ours}/healthz", timeout=5).status_code == 200
        assert requests.get(f"{theirs}/healthz", timeout=5).status_code == 200


def test_a_second_platform_on_the_same_data_is_refused(running: Running) -> None:
    second = Platform(fixture_config(running.folder))

    with pytest.raises(DataFolderInUse, match="in use by another platform") as refused:
        second.start()

    assert str(running.folder / "data") in str(refused.value)
    assert requests.get(f"{running.addresses.functions['api']}/healthz", timeout=5).status_code == 200
