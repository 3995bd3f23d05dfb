"""Pulumi's plugin: the process that creates the component for programs in other languages."""

import sys
from importlib.metadata import version
from typing import Any

import pulumi
from pulumi.provider import ConstructResult, main
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

from stepgate.provider.workflow_api import WorkflowApi


class WorkflowApiProvider(ComponentProvider):
    """A provider whose schema is derived from the component's annotations."""

    def __init__(self) -> None:
        super().__init__([WorkflowApi], "stepgate", version=version("pulumi-stepgate"))

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """
        Raises:
            pulumi.InputPropertiesError: something is wrong with the arguments or a workflow. It is
                the only error that reaches the user without a traceback.
        """
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            if isinstance(error.inner, pulumi.RunError):
                # Without a list, Pulumi fails; with properties in it, it prints all their values.
                raise pulumi.InputPropertiesError(str(error.inner), []) from None
            raise


def serve(*_: Any) -> None:
    """Answers the engine, whose address is the process's argument, until it ends the process."""
    main(WorkflowApiProvider(), sys.argv[1:])
