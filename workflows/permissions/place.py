"""Where a state machine runs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """What the ARNs of its account have in common, and its own name.

    Attributes:
        partition: `aws`, `aws-cn` or `aws-us-gov`.
        region: such as `eu-central-1`.
        account_id: twelve digits.
        machine: the state machine's name, as an IAM policy may write it: `stepgate-dev-echo-*`.
    """

    partition: str
    region: str
    account_id: str
    machine: str

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"
