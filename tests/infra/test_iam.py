"""Every function may do what its ports need, and nothing else."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

from infra import iam
from infra.environment import is_private
from infra.foundation import CONTAINED
from infra.source import ROOT, source_files
from infra.target import SECRETS, account_id_of, slug_of
from shared import ports
from shared.edge.declarations import Declaration, Endpoint
from shared.edge.invocables import Task
from shared.settings import Settings
from shared.structs import replace
from shared.wiring import WIRES, wire_of
from tests.infra.recorded_stack import FUNCTION, PROJECT, SERVICE, Inputs, RecordedStack

ACCOUNT = "gcp:serviceaccount/account:Account"
ON_PROJECT = "gcp:projects/iAMMember:IAMMember"
ON_BUCKET = "gcp:storage/bucketIAMMember:BucketIAMMember"
ON_QUEUE = "gcp:cloudtasks/queueIamMember:QueueIamMember"
ON_ACCOUNT = "gcp:serviceaccount/iAMMember:IAMMember"
ON_SECRET = "gcp:secretmanager/secretIamMember:SecretIamMember"
ON_SERVICE = "gcp:cloudrunv2/serviceIamMember:ServiceIamMember"


def test_account_ids_are_valid_and_unique(stack: RecordedStack) -> None:
    ids = [account["accountId"] for account in stack.of_type(ACCOUNT).values()]

    assert len(set(ids)) == len(ids)
    for account_id in ids:
        assert re.fullmatch(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", account_id)


def test_functions_whose_names_begin_alike_have_different_accounts() -> None:
    long = "capture_" + "very_" * 12

    assert account_id_of(long + "long") != account_id_of(long + "longer")
    assert len(account_id_of(long)) <= 30


def test_every_function_runs_under_its_own_account(stack: RecordedStack, declared: list[Declaration]) -> None:
    accounts = [stack.runtime_of(one.name).account for one in declared]

    assert accounts == [email_of(one) for one in declared]


def test_a_functions_roles_are_the_union_of_its_ports_roles(stack: RecordedStack, declared: list[Declaration]) -> None:
    granted = grants_by_member(stack)

    for one in declared:
        used = set(one.ports.values()) | ports_in_edge()[one.kind]
        expected = {role for port in used for role in wire_of(port).roles}
        expected |= {"roles/secretmanager.secretAccessor"}
        expected |= {"roles/iam.serviceAccountUser"} if ports.Tasks in used else set()
        assert {grant["role"] for _, grant in granted[f"serviceAccount:{email_of(one)}"]} == expected, one.name


def test_the_ports_of_each_kinds_edge_are_those_that_its_code_asks_for() -> None:
    assert dict(iam.EDGE_PORTS) == ports_in_edge()


def test_only_firestore_and_models_are_granted_on_the_whole_project(
    stack: RecordedStack, declared: list[Declaration]
) -> None:
    name_of = {f"serviceAccount:{email_of(one)}": one.name for one in declared}

    wide = {(grant["role"], name_of.get(grant["member"])) for grant in stack.of_type(ON_PROJECT).values()}

    of_functions = {(role, name) for role, name in wide if name is not None}
    assert {role for role, _ in of_functions} == {"roles/datastore.user", "roles/aiplatform.user"}
    asking_models = {name for role, name in of_functions if role == "roles/aiplatform.user"}
    assert asking_models == {"steps_analyze_evidence", "steps_read_frames"}


def test_a_function_signs_as_itself_only(stack: RecordedStack) -> None:
    signers = [
        grant for grant in stack.of_type(ON_ACCOUNT).values() if grant["role"] == "roles/iam.serviceAccountTokenCreator"
    ]

    assert signers
    for grant in signers:
        assert grant["serviceAccountId"].endswith(grant["member"].removeprefix("serviceAccount:"))


def test_who_enqueues_may_act_as_the_step_invoker_and_as_nobody_else(stack: RecordedStack) -> None:
    acting = [
        grant["serviceAccountId"]
        for grant in stack.of_type(ON_ACCOUNT).values()
        if grant["role"] == "roles/iam.serviceAccountUser"
    ]

    assert set(acting) == {f"projects/{PROJECT}/serviceAccounts/step-invoker@{PROJECT}.iam.gserviceaccount.com"}


def test_everybody_may_call_an_endpoint_and_only_its_kinds_invoker_anything_else(
    stack: RecordedStack, declared: list[Declaration]
) -> None:
    allowed = {grant["name"]: grant for grant in stack.of_type(ON_SERVICE).values()}

    assert len(allowed) == len(stack.of_type(ON_SERVICE)) == len(declared)
    for one in declared:
        kind = "step" if isinstance(one, Task) else one.kind
        invoker = f"serviceAccount:{kind}-invoker@{PROJECT}.iam.gserviceaccount.com"
        grant = allowed[slug_of(one.name)]
        assert grant["role"] == "roles/run.invoker"
        assert grant["member"] == (invoker if is_private(one) else "allUsers")


def test_no_function_is_deployed_before_its_account_has_everything_granted(
    stack: RecordedStack, declared: list[Declaration]
) -> None:
    for one in declared:
        member = f"serviceAccount:{email_of(one)}"
        granted = {name for (_, name), inputs in stack.resources.items() if inputs.get("member") == member}

        kind = SERVICE if one.profile in CONTAINED else FUNCTION
        waited_for = {urn.rpartition("::")[2] for urn in stack.waits_for[kind, slug_of(one.name)]}
        assert granted
        assert granted < waited_for


def test_every_secret_that_may_be_left_out_has_its_readers() -> None:
    assert {name for name in SECRETS if not Settings.model_fields[name].is_required()} == iam.READERS.keys()


@pytest.mark.parametrize("secret", sorted(iam.READERS))
def test_whatever_code_reads_a_secret_is_an_adapter_of_a_port_that_brings_it(secret: str) -> None:
    factories = {wire_of(port).factory.partition(":")[0] for port in iam.READERS[secret]}
    packages = {factory.rpartition(".")[0] for factory in factories} - {"shared.adapters"}

    reading = modules_that_read(secret)

    assert reading
    assert all(module in factories or module.rpartition(".")[0] in packages for module in reading), reading


def test_a_role_without_a_decided_scope_is_refused(
    declared: list[Declaration], monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = next(one for one in declared if isinstance(one, Endpoint))
    monkeypatch.setitem(WIRES, "ports:Clock", replace(wire_of(ports.Clock), roles=("roles/bigquery.dataViewer",)))

    with pytest.raises(ValueError, match=r"roles/bigquery\.dataViewer: decide"):
        iam.grant_roles(endpoint, account=Nothing(), foundation=Nothing())  # type: ignore[arg-type]


class Nothing:
    """Stands where nothing may be asked for: it has no attributes."""


def modules_that_read(secret: str) -> set[str]:
    """Where code of the product asks the settings for a secret."""
    return {
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        for path in source_files().values()
        if path.suffix == ".py" and re.search(rf"[\w)]\.{secret}\b", path.read_text())
    }


def email_of(declaration: Declaration) -> str:
    return f"{account_id_of(declaration.name)}@{PROJECT}.iam.gserviceaccount.com"


def grants_by_member(stack: RecordedStack) -> dict[str, list[tuple[str, Inputs]]]:
    found = defaultdict(list)
    for kind in (ON_PROJECT, ON_BUCKET, ON_QUEUE, ON_ACCOUNT, ON_SECRET):
        for grant in stack.of_type(kind).values():
            found[grant["member"]].append((kind, grant))
    return found


def ports_in_edge() -> dict[str, frozenset[type]]:
    """The ports in each `wired(ports.X)` of `shared/edge/<kind>.py`, by kind."""
    found = {path.stem: _wired_in(path) for path in (ROOT / "shared" / "edge").glob("*.py")}
    kinds = set(iam.EDGE_PORTS)
    assert not any(used for stem, used in found.items() if stem not in kinds), "a kind's module asks for its ports"
    return {kind: found[kind] for kind in kinds}


def _wired_in(path: Path) -> frozenset[type]:
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    arguments = (call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "wired")
    return frozenset(getattr(ports, one.attr) for one in arguments if isinstance(one, ast.Attribute))
