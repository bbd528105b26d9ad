"""The Pulumi program, run as Pulumi runs it, with every resource recorded instead of created."""

from __future__ import annotations

import asyncio
import json
import re
import runpy
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import mocks
from pulumi.runtime.settings import get_root_resource
from pulumi.runtime.stack import Stack, run_pulumi_func

from infra.source import ROOT

PROGRAM = ROOT / "infra"
PROJECT = "acme-recordings"
PROJECT_NUMBER = "123456789012"
REGION = "europe-west1"
DOMAIN = "api.example.com"
PEPPER = "a pepper that only Secret Manager may ever see"
CLOUDFLARE_TOKEN = "a token of Cloudflare that only its adapter may read"
BROWSER_IMAGE = "images.example.com/playhead/browser@sha256:0f"
SETTINGS = {"cors_origins": ["https://app.example.com"], "rate_per_s": 25, "max_stream_bytes": None}

FUNCTION = "gcp:cloudfunctionsv2/function:Function"
SERVICE = "gcp:cloudrunv2/service:Service"

Inputs = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """How a function runs, in the words of neither Cloud Functions nor Cloud Run."""

    name: str
    account: str
    memory: str
    cpus: str
    timeout_s: int
    concurrency: int
    is_internal: bool
    environment: Mapping[str, str]
    secrets: Mapping[str, str]  #: the secret's id, by variable


@dataclass
class RecordedStack(mocks.Mocks):
    """What a program asked for: the inputs of each resource, by type and name, and the stack's outputs."""

    resources: dict[tuple[str, str], Inputs] = field(default_factory=dict)
    waits_for: dict[tuple[str, str], set[str]] = field(default_factory=dict)  #: URNs, by type and name
    outputs: dict[str, Any] = field(default_factory=dict)
    secret_outputs: set[str] = field(default_factory=set)

    def of_type(self, type_: str) -> dict[str, Inputs]:
        """The inputs of all resources of a type, by name."""
        return {name: inputs for (kind, name), inputs in self.resources.items() if kind == type_}

    def function(self, name: str) -> Inputs:
        """The inputs of the Cloud Function of a declaration."""
        return self.resources[FUNCTION, name.replace("_", "-")]

    def runtime_of(self, name: str) -> Runtime:
        """How a declaration runs, whatever it is deployed as."""
        slug = name.replace("_", "-")
        if (FUNCTION, slug) in self.resources:
            return _of_function(self.resources[FUNCTION, slug])
        return _of_service(self.resources[SERVICE, slug])

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        if (args.typ, args.name) in self.resources:
            raise ValueError(f"Pulumi refuses two resources of one name: {args.typ} {args.name}")
        self.resources[args.typ, args.name] = args.inputs
        return f"{args.name}-id", {**args.inputs, **_computed(args)}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        match args.token:
            case "gcp:organizations/getProject:getProject":
                return {"projectId": args.args["projectId"], "number": PROJECT_NUMBER}, []
            case "gcp:storage/getProjectServiceAccount:getProjectServiceAccount":
                return {"emailAddress": "storage-agent@gs-project-accounts.iam.gserviceaccount.com"}, []
        raise ValueError(f"the program asks for {args.token}")


class RecordingMonitor(mocks.MockMonitor):
    """Pulumi's own stand-in for its engine, which also keeps what a resource waits for."""

    def __init__(self, stack: RecordedStack) -> None:
        super().__init__(stack)
        self._stack = stack

    def RegisterResource(self, request: Any) -> Any:
        self._stack.waits_for[request.type, request.name] = set(request.dependencies)
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]  # Pulumi leaves it untyped


def run_program() -> RecordedStack:
    """Run `infra/` in a stack that is configured as the README says."""
    named = re.match(r"name: (\S+)\n", (PROGRAM / "Pulumi.yaml").read_text())
    assert named, "Pulumi.yaml begins with the project's name"
    project, stack = named[1], RecordedStack()
    pulumi.runtime.set_all_config(
        {
            "gcp:project": PROJECT,
            "gcp:region": REGION,
            f"{project}:domain": DOMAIN,
            f"{project}:settings": json.dumps(SETTINGS),
            f"{project}:browserImage": BROWSER_IMAGE,
            f"{project}:key_pepper": PEPPER,
            f"{project}:cloudflare_api_token": CLOUDFLARE_TOKEN,
        },
        secret_keys=[f"{project}:key_pepper", f"{project}:cloudflare_api_token"],
    )
    asyncio.run(_run(project, stack))
    return stack


async def _run(project: str, stack: RecordedStack) -> None:
    pulumi.runtime.set_mocks(stack, project=project, stack="test", preview=False, monitor=RecordingMonitor(stack))
    await run_pulumi_func(lambda: _execute(PROGRAM))
    root = get_root_resource()
    assert isinstance(root, Stack)
    for name, value in root.outputs.items():
        output = pulumi.Output.from_input(value)
        stack.outputs[name] = await output.future()
        if await output.is_secret():
            stack.secret_outputs.add(name)


def _execute(program: Path) -> None:
    """Execute a program's folder, as Pulumi's language host does."""
    runpy.run_path(str(program), run_name="__main__")


def _of_function(inputs: Inputs) -> Runtime:
    service = inputs["serviceConfig"]
    return Runtime(
        name=inputs["name"],
        account=service["serviceAccountEmail"],
        memory=service["availableMemory"],
        cpus=service["availableCpu"],
        timeout_s=service["timeoutSeconds"],
        concurrency=service["maxInstanceRequestConcurrency"],
        is_internal=service["ingressSettings"] == "ALLOW_INTERNAL_ONLY",
        environment=service["environmentVariables"],
        secrets={secret["key"]: secret["secret"] for secret in service["secretEnvironmentVariables"]},
    )


def _of_service(inputs: Inputs) -> Runtime:
    template = inputs["template"]
    (container,) = template["containers"]
    return Runtime(
        name=inputs["name"],
        account=template["serviceAccount"],
        memory=container["resources"]["limits"]["memory"],
        cpus=container["resources"]["limits"]["cpu"],
        timeout_s=int(template["timeout"].removesuffix("s")),
        concurrency=template["maxInstanceRequestConcurrency"],
        is_internal=inputs["ingress"] == "INGRESS_TRAFFIC_INTERNAL_ONLY",
        environment={one["name"]: one["value"] for one in container["envs"] if "value" in one},
        secrets={
            one["name"]: one["valueSource"]["secretKeyRef"]["secret"]
            for one in container["envs"]
            if "valueSource" in one
        },
    )


def _computed(args: mocks.MockResourceArgs) -> dict[str, Any]:
    """The outputs that Google Cloud would add."""
    match args.typ:
        case "gcp:serviceaccount/account:Account":
            email = f"{args.inputs['accountId']}@{PROJECT}.iam.gserviceaccount.com"
            return {
                "email": email,
                "member": f"serviceAccount:{email}",
                "name": f"projects/{PROJECT}/serviceAccounts/{email}",
            }
        case "gcp:secretmanager/secretVersion:SecretVersion":
            return {"version": "1"}
        case "gcp:compute/globalAddress:GlobalAddress":
            return {"address": "192.0.2.1"}
    return {}
