"""What the provider `random` makes up. It exists in the stack's state alone.

https://www.pulumi.com/registry/packages/random/api-docs/
"""

import base64
import secrets
import string

from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.inputs import Inputs, wrong
from stepgate.resource_types.resource_type import Created, ResourceType, WithParent

SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
"""The provider's, where the program gives no others."""

LENGTHS = range(1, 1_025)

ADVERBS = "barely boldly calmly deeply early fairly gently hardly kindly mainly nearly newly"
ADJECTIVES = "able brave calm eager fair fond glad keen kind neat proud quick rare smart warm wise"
ANIMALS = (
    "badger beaver bison crane falcon ferret finch heron lynx marten otter owl raven seal wren"
)


def create_id(cloud: Cloud, name: str, inputs: Inputs) -> Created:  # noqa: ARG001
    made = secrets.token_bytes(inputs.whole("byteLength", LENGTHS))
    url = base64.urlsafe_b64encode(made).decode().rstrip("=")
    texts = {
        "b64Std": base64.b64encode(made).decode(),
        "b64Url": url,
        "dec": str(int.from_bytes(made)),
        "hex": made.hex(),
    }
    return url, {key: f"{inputs.text('prefix')}{value}" for key, value in texts.items()}


def create_pet(cloud: Cloud, name: str, inputs: Inputs) -> Created:  # noqa: ARG001
    length = Inputs({"length": 2, **inputs}).whole("length", LENGTHS)
    kinds = [ADVERBS] * (length - 2) + [ADJECTIVES] * (length > 1) + [ANIMALS]
    words = [secrets.choice(kind.split()) for kind in kinds]
    parts = filter(None, [inputs.text("prefix"), *words])
    return inputs.text("separator", "-").join(parts), {}


def create_string(cloud: Cloud, name: str, inputs: Inputs) -> Created:  # noqa: ARG001
    made = _characters(inputs)
    return made, {"result": made}


def create_password(cloud: Cloud, name: str, inputs: Inputs) -> Created:  # noqa: ARG001
    return "none", {"result": _characters(inputs)}


def _characters(inputs: Inputs) -> str:
    length = inputs.whole("length", LENGTHS)
    kinds = {
        "lower": string.ascii_lowercase,
        "upper": string.ascii_uppercase,
        "numeric": string.digits,
        "special": inputs.text("overrideSpecial") or SPECIAL,
    }
    allowed = {kind: of for kind, of in kinds.items() if inputs.get(kind, True)}
    if not allowed:
        raise wrong("special", False, "write True for this or for lower, upper or numeric")
    least = {kind: f"min{kind.capitalize()}" for kind in kinds}
    made = [
        secrets.choice(kinds[kind])
        for kind, key in least.items()
        for _ in range(Inputs({key: 0, **inputs}).whole(key, range(LENGTHS.stop)))
    ]
    if len(made) > length:
        cure = f"write {len(made)} or more, as its min_ arguments ask for these"
        raise wrong("length", length, cure)
    everything = "".join(allowed.values())
    made += [secrets.choice(everything) for _ in range(length - len(made))]
    secrets.SystemRandom().shuffle(made)
    return "".join(made)


RESOURCE_TYPES = (
    ResourceType(
        "random:index/randomId:RandomId",
        WithParent(),
        replaces="byteLength keepers prefix",
        create=create_id,
    ),
    ResourceType(
        "random:index/randomPassword:RandomPassword",
        WithParent(),
        replaces=(
            "keepers length lower minLower minNumeric minSpecial minUpper number numeric "
            "overrideSpecial special upper"
        ),
        create=create_password,
    ),
    ResourceType(
        "random:index/randomPet:RandomPet",
        WithParent(),
        replaces="keepers length prefix separator",
        create=create_pet,
    ),
    ResourceType(
        "random:index/randomString:RandomString",
        WithParent(),
        replaces=(
            "keepers length lower minLower minNumeric minSpecial minUpper number numeric "
            "overrideSpecial special upper"
        ),
        create=create_string,
    ),
)
