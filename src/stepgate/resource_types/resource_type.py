"""What a record of a type of resource holds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.inputs import Inputs


@dataclass(frozen=True)
class FromInputs:
    """The id follows from the resource's inputs and the account.

    Attributes:
        template: with inputs, `{partition}`, `{region}`, `{account}` and `{domain}` in braces.
        name: the input that has the resource's name in AWS.
    """

    template: str
    name: str = "name"


@dataclass(frozen=True)
class FromTaggedArn:
    """AWS chooses the id; it is in the ARN that has the resource's tags.

    Attributes:
        pattern: a regular expression for the ARN, with the id as its first group.
    """

    pattern: str


@dataclass(frozen=True)
class WithParent:
    """The id is never needed: AWS deletes the resource with the one that it is part of.

    Or it exists in the stack's state alone.
    """


ImportId = FromInputs | FromTaggedArn | WithParent

Created = tuple[str, dict[str, Any]]
"""A resource's id, and its outputs but for `name` and those that repeat an input."""

Create = Callable[[Cloud, str, Inputs], Created]
"""Creates a resource on the emulator, under a name in AWS, from its inputs."""


def name_in_aws(name: str, inputs: Inputs) -> str:
    """The name that is given, or the one in Pulumi.

    Raises:
        InputError: it is not text.
    """
    return inputs.text("name") or f"{inputs.text('namePrefix')}{name}"


@dataclass(frozen=True)
class ResourceType:
    """One type of resource.

    Attributes:
        token: the type as Pulumi spells it, such as `aws:ec2/instance:Instance`.
        import_id: how to find the id that the provider imports a resource by: see "Import" on
            the type's page of https://www.pulumi.com/registry/packages/aws/api-docs/
            Without it `stepgate ci` reports the type as unknown.
        replaces: the inputs whose change makes a new resource, as `ForceNew` says in the schema of
            https://github.com/hashicorp/terraform-provider-aws, and the real provider with it.
        lost: what is lost with a resource that is replaced or deleted; empty if nothing is that
            an update does not bring back.
        create: how the local engine creates one. Without it the type is unknown there.
    """

    token: str
    import_id: ImportId | None = None
    replaces: str = ""
    lost: str = ""
    create: Create | None = None
