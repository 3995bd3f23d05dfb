"""The account, its partition and its Region, which Pulumi keeps in the module `index`."""

from collections.abc import Mapping

from stepgate.resource_types.cloud import ACCOUNT_ID
from stepgate.resource_types.function import FromRegion, Function

FUNCTIONS: Mapping[str, Function] = {
    "aws:index/getCallerIdentity:getCallerIdentity": FromRegion(
        lambda _: {"accountId": ACCOUNT_ID}
    ),
    "aws:index/getPartition:getPartition": FromRegion(lambda _: {"partition": "aws"}),
    "aws:index/getRegion:getRegion": FromRegion(lambda region: {"region": region}),
}
