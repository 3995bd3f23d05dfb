"""What AWS's Resource Groups Tagging API says of the stand-in's account, over HTTP."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.engine.provider import Folder


@contextmanager
def tagging_api(aws: Folder) -> Generator[str]:
    """Serves GetResources, one resource a page; gives the endpoint's URL.

    https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
    """

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["X-Amz-Target"].endswith(".GetResources")
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            tags = {(f["Key"], value) for f in asked["TagFilters"] for value in f["Values"]}
            found = [
                {"ResourceARN": resource.outputs["arn"]}
                for resource in aws.account().resources
                if tags <= resource.inputs.get("tags", {}).items() and "arn" in resource.outputs
            ]
            page = int(asked.get("PaginationToken") or 0)
            more = str(page + 1) if page + 1 < len(found) else ""
            answer = {"ResourceTagMappingList": found[page : page + 1], "PaginationToken": more}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
