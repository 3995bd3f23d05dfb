"""How a function of the provider, such as `aws:ec2/getAmi:getAmi`, is answered."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.inputs import Inputs


@dataclass(frozen=True)
class FromRegion:
    """The answer is known without the emulator; it may have the Region in it."""

    answer: Callable[[str], dict[str, Any]]


@dataclass(frozen=True)
class FromEmulator:
    """Only the running emulator knows the answer; it depends on the function's arguments."""

    answer: Callable[[Cloud, Inputs], dict[str, Any]]


Function = FromRegion | FromEmulator
