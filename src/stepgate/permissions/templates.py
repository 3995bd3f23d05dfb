"""Permissions of a definition with placeholders, which a template fills in later.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-sam-sfn.html
"""

import json
import re
from collections.abc import Sequence
from typing import TypeVar

from stepgate.permissions.arn_context import ArnContext
from stepgate.permissions.derived_permissions import (
    DerivedPermissions,
    PermissionFinding,
    derive_permissions,
)
from stepgate.substitutions import PLACEHOLDER
from stepgate.workflow import Definition, Statement

_NAME = "stepgate-placeholder-{}-"
_NAMES = re.compile(_NAME.format(r"(\d+)"))
_T = TypeVar("_T")


def derive_template_permissions(
    definition: Definition,
    context: ArnContext,
    declared: Sequence[str] = (),
    own: Sequence[Statement] = (),
) -> DerivedPermissions:
    """As `derive_permissions`; what a placeholder is in is taken for a name, and kept as it is."""
    placeholders: list[str] = []

    def name(match: re.Match[str]) -> str:
        placeholders.append(match[0])
        return _NAME.format(len(placeholders) - 1)

    def with_placeholders(value: _T) -> _T:
        text = _NAMES.sub(lambda match: placeholders[int(match[1])], json.dumps(value))
        return json.loads(text)

    named = json.loads(PLACEHOLDER.sub(name, json.dumps(definition)))
    found = derive_permissions(named, context, declared, own)
    return DerivedPermissions(
        with_placeholders(found.statements),
        *(
            [PermissionFinding(*with_placeholders(each)) for each in findings]
            for findings in (found.unresolved, found.warnings)
        ),
    )
