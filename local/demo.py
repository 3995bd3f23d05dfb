"""The example's two routes, called as an app would; what they do is shown and checked."""

import json
import time
from dataclasses import dataclass
from typing import Any

import httpx

from local.cloud import Cloud
from local.errors import CommandError
from local.program import Outputs
from local.steps import Steps

# Longer than the 29 s that API Gateway waits for an integration.
ANSWER_SECONDS = 35
EXECUTION_SECONDS = 60
POLL_SECONDS = 0.5

# What the workflow does to an instance in a state, and the state that this leads to.
TOGGLE = {"running": ("stopped", "stopped"), "stopped": ("started", "running")}


@dataclass(frozen=True)
class Demo:
    """A deployed stack, and how long standard-instance waits on it and on others, in seconds."""

    outputs: Outputs
    cloud: Cloud
    steps: Steps
    delay: str
    usual_delay: str

    def run(self) -> None:
        """Calls both routes, and the first once more.

        Raises:
            CommandError: a route or the instance is not as it should be.
        """
        self._title("An Express workflow behind a synchronous route: the answer is its output")
        self._express()
        self._title("A Standard workflow behind an asynchronous route: it answers at once")
        self._standard()
        self._title("The first route again, which toggles the instance back")
        self._express()

    def _express(self) -> None:
        before = self._instance_state()
        output = self._post("express-instance", 200)
        self.steps.tell(f"  {json.dumps(output)}")
        self._check_toggle(before, output)

    def _standard(self) -> None:
        before = self._instance_state()
        started = self._post("standard-instance", 202)
        arn = started["executionArn"]
        self.steps.tell(f"  {arn}")
        title = (
            f"Follow the execution; it waits {self.delay} s first ({self.usual_delay} s elsewhere)"
        )
        with self.steps.step(title) as at:
            execution = self._end_of(arn, at)
        _check(execution["status"] == "SUCCEEDED", "standard-instance", "success", execution)
        self.steps.tell(f"  {execution['output']}")
        self._check_toggle(before, json.loads(execution["output"]))

    def _post(self, workflow: str, status: int) -> dict[str, Any]:
        url = self.outputs["routes"][workflow]["url"]
        with self.steps.step(f"POST {url}"):
            try:
                answer = httpx.post(url, json={}, headers=self._key(), timeout=ANSWER_SECONDS)
            except httpx.TransportError as error:
                raise CommandError(f"POST {url} got no answer: {error}") from error
        _check(answer.status_code == status, workflow, status, f"{answer} {answer.text}")
        return answer.json()

    def _key(self) -> dict[str, str]:
        return {"x-api-key": self.outputs["apiKey"]} if "apiKey" in self.outputs else {}

    def _end_of(self, arn: str, at: Any) -> Any:
        deadline = time.monotonic() + EXECUTION_SECONDS
        shown = ""
        while True:
            execution = self.cloud.stepfunctions.describe_execution(executionArn=arn)
            if execution["status"] != shown:
                at(shown := execution["status"])
            if shown != "RUNNING":
                return execution
            if time.monotonic() > deadline:
                raise CommandError(f"{arn} still runs after {EXECUTION_SECONDS} s")
            time.sleep(POLL_SECONDS)

    def _check_toggle(self, before: str, output: dict[str, Any]) -> None:
        action, after = TOGGLE[before]
        _check(output["action"] == action, "the workflow", f"the action {action}", output)
        state = self._instance_state()
        _check(state == after, "EC2", f"an instance that is {after}", state)
        self.steps.tell(f"  {self.outputs['instanceId']} was {before}, and is {state} now", "bold")

    def _instance_state(self) -> str:
        """What EC2 itself says of the instance."""
        found: Any = self.cloud.ec2.describe_instances(InstanceIds=[self.outputs["instanceId"]])
        return found["Reservations"][0]["Instances"][0]["State"]["Name"]

    def _title(self, text: str) -> None:
        self.steps.tell()
        self.steps.tell(text, "bold cyan")


def _check(holds: bool, who: str, expected: object, got: object) -> None:
    if not holds:
        raise CommandError(f"{who} should have answered with {expected}, not with {got}")
