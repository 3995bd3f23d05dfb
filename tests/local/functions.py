"""Functions of Lambda on the emulator."""

import io
import json
import zipfile
from itertools import count
from typing import Any

from stepgate.resource_types.cloud import Cloud

ROLE = "arn:aws:iam::000000000000:role/any"
_names = (f"function-{i}" for i in count())


class Function:
    """A function on the emulator, and what comes of calling it."""

    def __init__(
        self,
        cloud: Cloud,
        code: str,
        file: str = "app.py",
        runtime: str = "python3.11",
        **more: Any,
    ) -> None:
        self.cloud, self.client, self.name = cloud, cloud.client("lambda"), next(_names)
        zipped = io.BytesIO()
        with zipfile.ZipFile(zipped, "w") as archive:
            archive.writestr(file, code)
        settings = {"Handler": "app.handler", "Timeout": 30, **more}
        self.arn = self.client.create_function(
            FunctionName=self.name,
            Runtime=runtime,
            Role=ROLE,
            Code={"ZipFile": zipped.getvalue()},
            **settings,
        )["FunctionArn"]

    def invoke(self, event: Any = None, **more: Any) -> dict[str, Any]:
        payload = json.dumps(event or {})
        return self.client.invoke(FunctionName=self.name, Payload=payload, LogType="Tail", **more)

    def result(self, do: str = "", **more: Any) -> Any:
        answer = self.invoke({"do": do, **more})
        assert "FunctionError" not in answer
        return json.loads(answer["Payload"].read())

    def error(self, do: str = "") -> tuple[str, str]:
        answer = self.invoke({"do": do})
        assert answer["FunctionError"] == "Unhandled"
        error = json.loads(answer["Payload"].read())
        return error["errorType"], error["errorMessage"]

    def logs(self) -> str:
        group = f"/aws/lambda/{self.name}"
        try:
            found: Any = self.cloud.logs.filter_log_events(logGroupName=group)
        except self.cloud.logs.exceptions.ResourceNotFoundException:
            return ""
        return "".join(event["message"] for event in found["events"])
