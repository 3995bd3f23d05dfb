"""How a function of the provider, such as `aws:ec2/getAmi:getAmi`, is answered."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.inputs import Inputs


@dataclass(frozen=True)
class Offline:
    """The answer is known without the emulator, from the Region and the arguments."""

    answer: Callable[[str, Inputs], dict[str, Any]]


@dataclass(frozen=True)
class FromEmulator:
    """Only the running emulator knows the answer; it depends on the function's arguments."""

    answer: Callable[[Cloud, Inputs], dict[str, Any]]


Function = Offline | FromEmulator
