"""The resources that an IAM action is allowed on, for one request.

AWS's reference says which types of resource an action knows, and what their ARNs look like. The
request's arguments fill the variables in these by their names: `TableName` fills `${TableName}`,
and `Cluster` fills `${ClusterName}`.
https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from workflows.permissions import reference
from workflows.permissions.arguments import Given, given, given_outermost, stem, texts
from workflows.permissions.formats import ANY_NAME, Format
from workflows.permissions.grant import Gap, Grant, undeclared
from workflows.permissions.place import Place

# Why an action is allowed on everything.
NOTHING_NARROWER = "KnowsNothingNarrower"
NOTHING_NAMED = "CallNamesNothing"
NOT_IN_REFERENCE = "IsNotInTheReference"

# Arguments that name a resource though they are called otherwise.
OTHER_NAMES: Mapping[tuple[str, str], frozenset[str]] = {
    ("bedrock", "foundation-model"): frozenset({"ModelId", "BaseModelIdentifier"}),
    ("codebuild", "report-group"): frozenset({"ReportArns"}),
    ("dynamodb", "table"): frozenset({"RequestItems", "Statement"}),
    ("ec2", "key-pair"): frozenset({"KeyName"}),
    ("ec2", "security-group"): frozenset({"GroupId", "Groups"}),
    ("elasticmapreduce", "cluster"): frozenset({"JobFlowId", "JobFlowIds"}),
    ("events", "rule-on-default-event-bus"): frozenset({"Name", "Rule"}),
    # A ciphertext says which key it was encrypted with.
    ("kms", "key"): frozenset({"CiphertextBlob"}),
    ("s3", "accesspointobject"): frozenset({"Key"}),
    ("s3", "object"): frozenset({"Key"}),
    ("ses", "identity"): frozenset({"FromEmailAddress", "Source"}),
    ("sns", "topic"): frozenset({"TargetArn"}),
    ("ssm", "maintenancewindow"): frozenset({"WindowId"}),
    ("ssm", "parameter"): frozenset({"Name", "Names", "Path"}),
    ("ssm", "patchbaseline"): frozenset({"BaselineId"}),
}
# Types that a call touches beside those that the reference requires.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-runinstances
ALSO_REQUIRED: Mapping[str, tuple[str, ...]] = {"ec2:RunInstances": ("volume",)}
# The reference requires several types of these actions, and means one of them.
ONE_OF_SEVERAL = (
    re.compile(r"bedrock:(InvokeModel\w*|GetInferenceProfile)"),
    re.compile(r"connect:(DescribeView|ListViewVersions)"),
    re.compile(r"elasticloadbalancing:.*"),
    re.compile(r"ssm:DescribeInstance\w+"),
    re.compile(r"states:(DescribeExecution|ListExecutions)"),
)
# Security groups have it too, by a service that resource groups are of.
NEVER_MEANT = frozenset({("ec2", "group")})

IDENTIFYING = re.compile(r"\w+(Id|Ids|Name|Names|Arn|Arns|ARN|Identifier|Identifiers)")


class Match(NamedTuple):
    """What a request says of one type.

    Attributes:
        arns: those that the definition names, with `*` for parts that it does not.
        open: the argument that does not say before the workflow runs, or empty.
        is_whole: whether the resource itself is meant, and not only what it belongs to.
        is_rooted: whether it is known what it belongs to, if anything.
    """

    format: Format
    arns: tuple[str, ...]
    open: str
    is_whole: bool = True
    is_rooted: bool = True


def grant(
    action: str,
    arguments: Mapping[str, object],
    place: Place,
    declared: Sequence[str],
    *,
    is_own: bool = True,
) -> Grant | Gap:
    """An IAM action on what one request acts on.

    What stands in the request is allowed, and nothing else. What only the workflow's input says has
    to be among the `declared` ARNs. What nobody says, such as the subnet that EC2 takes by default,
    is everything of its type.

    Args:
        action: an IAM action, such as `dynamodb:GetItem`.
        arguments: the request, see `workflows.permissions.request`.
        is_own: whether the request is the action's, and not one that it only follows from.
    """
    known = reference.action(action)
    if known is None:
        return Grant(action, ("*",), reason=NOT_IN_REFERENCE)
    if not (known.required or known.optional):
        return Grant(action, ("*",), reason=NOTHING_NARROWER)
    prefix = action.partition(":")[0]
    required = _formats(prefix, (*known.required, *ALSO_REQUIRED.get(action, ())), place)
    formats = [*required, *_formats(prefix, known.optional, place)]
    named = [match for format_ in formats if (match := _match(format_, arguments))]
    matches = _meant(named) or _by_tail(formats, arguments)
    by_any_name = [] if matches else _by_any_name(required or formats, formats, arguments)
    matches = matches or by_any_name
    arns = {arn for match in matches for arn in match.arns}
    for argument in dict.fromkeys(match.open for match in matches if match.open):
        meant = [match.format for match in matches if match.open == argument]
        fitting = _fitting(declared, meant)
        if not fitting:
            return undeclared(action, argument, meant[0].everything)
        arns.update(fitting)
    if not matches:
        arns.update(_fitting(declared, formats))
        if is_own and not arns and (argument := _identifying(arguments)):
            return undeclared(action, argument, formats[0].everything)
        # A call that names nothing of what it may name is one on everything, and so is a message
        # to a telephone.
        if not arns and (not required or action == "sns:Publish"):
            return Grant(action, ("*",), reason=NOTHING_NAMED)
    if not arns or not (by_any_name or any(one.fullmatch(action) for one in ONE_OF_SEVERAL)):
        seen = {match.format.type for match in matches}
        partly = {match.format.type: match.arns for match in named}
        for format_ in required:
            if format_.type not in seen:
                own = partly.get(format_.type) or _alike(format_, arguments)
                arns.update(own or _fitting(declared, [format_]) or [format_.everything])
    return Grant(action, tuple(sorted(arns)))


def _meant(named: Sequence[Match]) -> list[Match]:
    """The types that a request speaks of, or else those that these belong to."""
    whole = [match for match in named if match.is_whole]
    return [match for match in whole if match.is_rooted] or whole or list(named)


def _identifying(arguments: Mapping[str, object]) -> str:
    """The first argument that must name something, whatever it is."""
    names = (name.removesuffix(".$") for name in arguments)
    return next((name for name in names if IDENTIFYING.fullmatch(name)), "")


def _fitting(declared: Sequence[str], formats: Sequence[Format]) -> list[str]:
    return [arn for arn in declared if any(format_.fits(arn) for format_ in formats)]


def _formats(prefix: str, types: Sequence[str], place: Place) -> list[Format]:
    return [
        Format(prefix, type_, text, place)
        for type_ in types
        if (prefix, type_) not in NEVER_MEANT
        for text in reference.arn_formats(prefix, type_)
    ]


def _match(format_: Format, arguments: Mapping[str, object]) -> Match | None:
    values = _said(format_, arguments)
    whole = tuple(text for text in texts(arguments) if format_.fits(text))
    if whole:
        return Match(format_, _arns(format_, whole), "")
    if not values:
        return None
    said = list(values.values())
    first, last = said[0], said[-1]
    is_whole, is_rooted = format_.variables[-1] in values, format_.variables[0] in values
    if not first.texts:
        return Match(format_, (), first.dynamic, is_whole, is_rooted)
    if is_whole and len(values) == 1:
        arns = _arns(format_, last.texts)
        return Match(format_, arns, last.dynamic or ("" if arns else last.name), True, is_rooted)
    parts = [
        [(name, _last_part(text)) for text in (*said.texts, *(["*"] if said.dynamic else []))]
        for name, said in values.items()
    ]
    arns = tuple(format_.filled(dict(each)) for each in itertools.product(*parts))
    return Match(format_, arns, first.dynamic, is_whole, is_rooted)


def _said(format_: Format, arguments: Mapping[str, object]) -> dict[str, Given]:
    """What the request says of a type's variables, in their order, as far as it does."""
    values = {
        variable: said
        for variable in format_.variables
        if (said := given(arguments, partial(format_.is_filled, variable)))
    }
    others = OTHER_NAMES.get((format_.prefix, format_.type), frozenset())
    if others or values:
        last = format_.variables[-1]
        said = values.get(last) or given(arguments, others.__contains__)
        # What a resource belongs to is named, so `Name` is its own.
        said = said or (given_outermost(arguments, _is_any_name) if values else said)
        values |= {last: said} if said else {}
    return values


def _is_any_name(argument: str) -> bool:
    return stem(argument) in ANY_NAME


def _last_part(text: str) -> str:
    """Of an ARN what it ends in: a cluster's name, as a part of a task's ARN."""
    return re.split("[/:]", text)[-1] if text.startswith("arn:") else text


def _by_tail(formats: Sequence[Format], arguments: Mapping[str, object]) -> list[Match]:
    """By arguments whose name is longer than the type's, or shorter, if that can be one type only:
    `DBClusterIdentifier` for a `cluster`.
    """
    matches = [
        Match(format_, _arns(format_, said.texts), said.dynamic)
        for format_ in formats
        if format_.variables and (said := given(arguments, format_.is_like))
    ]
    return matches if len({match.format.type for match in matches}) == 1 else []


def _alike(format_: Format, arguments: Mapping[str, object]) -> tuple[str, ...]:
    said = given(arguments, format_.is_like) if format_.variables else Given()
    return _arns(format_, said.texts)


def _arns(format_: Format, values: Iterable[str]) -> tuple[str, ...]:
    return tuple(arn for value in values for arn in format_.arns(value))


def _by_any_name(
    required: Sequence[Format], formats: Sequence[Format], arguments: Mapping[str, object]
) -> list[Match]:
    """By arguments such as `Name` or `ResourceArn`, which may be of any type."""
    said = given_outermost(arguments, _is_any_name)
    matches = []
    if said.texts and len(required) == 1 and required[0].variables:
        arns = _arns(required[0], said.texts)
        matches = [Match(required[0], arns, "")]
    if said.dynamic or (said.texts and not matches):
        matches += [Match(format_, (), said.name) for format_ in formats]
    return matches
