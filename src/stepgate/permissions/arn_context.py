"""The account, Region and partition of ARNs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ArnContext:
    """What the ARNs of a state machine's account have in common, and the state machine's name.

    Attributes:
        partition: `aws`, `aws-cn` or `aws-us-gov`.
        region: for example `eu-central-1`.
        account_id: twelve digits.
        state_machine: the state machine's name as a pattern of IAM: `stepgate-dev-echo-*`.
    """

    partition: str
    region: str
    account_id: str
    state_machine: str

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"
