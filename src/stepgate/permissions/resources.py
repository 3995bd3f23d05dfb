"""The resources that an IAM action is allowed on, for one request.

AWS's reference has the resource types of each action, and the formats of their ARNs. The request's
arguments fill the variables in these by name: `TableName` fills `${TableName}`, and `Cluster` fills
`${ClusterName}`.
https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from stepgate.permissions import reference
from stepgate.permissions.arguments import (
    ArgumentValues,
    find_literals,
    find_top_level_values,
    find_values,
    name_stem,
)
from stepgate.permissions.arn_context import ArnContext
from stepgate.permissions.arn_formats import ANY_NAME, ArnFormat, is_arn
from stepgate.permissions.grant import Grant, Permission, undeclared_resources

# Why an action is allowed on all resources.
NOTHING_NARROWER = "KnowsNothingNarrower"
NOTHING_NAMED = "CallNamesNothing"
NOT_IN_REFERENCE = "IsNotInTheReference"

# Arguments that name a resource under another name.
OTHER_NAMES: Mapping[tuple[str, str], frozenset[str]] = {
    ("bedrock", "foundation-model"): frozenset({"ModelId", "BaseModelIdentifier"}),
    ("codebuild", "report-group"): frozenset({"ReportArns"}),
    ("dynamodb", "table"): frozenset({"RequestItems", "Statement"}),
    ("ec2", "key-pair"): frozenset({"KeyName"}),
    ("ec2", "security-group"): frozenset({"GroupId", "Groups"}),
    ("elasticmapreduce", "cluster"): frozenset({"JobFlowId", "JobFlowIds"}),
    ("events", "rule-on-default-event-bus"): frozenset({"Name", "Rule"}),
    # A ciphertext contains the key that it was encrypted with.
    ("kms", "key"): frozenset({"CiphertextBlob"}),
    ("s3", "accesspointobject"): frozenset({"Key"}),
    ("s3", "object"): frozenset({"Key"}),
    ("ses", "identity"): frozenset({"FromEmailAddress", "Source"}),
    ("sns", "topic"): frozenset({"TargetArn"}),
    ("ssm", "maintenancewindow"): frozenset({"WindowId"}),
    ("ssm", "parameter"): frozenset({"Name", "Names", "Path"}),
    ("ssm", "patchbaseline"): frozenset({"BaselineId"}),
}
# Types that a call needs in addition to those that the reference requires.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-runinstances
ALSO_REQUIRED: Mapping[str, tuple[str, ...]] = {"ec2:RunInstances": ("volume",)}
# The reference requires several types for these actions, but means one of them.
ONE_OF_SEVERAL = (
    re.compile(r"bedrock:(InvokeModel\w*|GetInferenceProfile)"),
    re.compile(r"connect:(DescribeView|ListViewVersions)"),
    re.compile(r"elasticloadbalancing:.*"),
    re.compile(r"ssm:DescribeInstance\w+"),
    re.compile(r"states:(DescribeExecution|ListExecutions)"),
)
# The reference has it for resource groups, and security groups would match it too.
NEVER_REFERENCED = frozenset({("ec2", "group")})

IDENTIFYING = re.compile(r"\w+(Id|Ids|Name|Names|Arn|Arns|ARN|Identifier|Identifiers)")


class Match(NamedTuple):
    """What a request contains about one resource type.

    Attributes:
        arns: the ARNs that the definition determines, with `*` for parts that it does not.
        dynamic: the argument that is known only when the workflow runs, or empty.
        is_whole: whether the resource itself is named, and not only its parent.
        is_rooted: whether its outermost parent, if it has one, is named.
    """

    format: ArnFormat
    arns: tuple[str, ...]
    dynamic: str
    is_whole: bool = True
    is_rooted: bool = True


def resolve_permission(
    action: str,
    arguments: Mapping[str, object],
    context: ArnContext,
    declared: Sequence[str],
    *,
    is_own: bool = True,
) -> Permission:
    """An IAM action on the resources of one request.

    Resources in the request are allowed. Resources that only the workflow's input determines have
    to be among the `declared` ARNs. If nothing determines a resource, for example the subnet that
    EC2 chooses by default, all of its type are allowed.

    Args:
        action: an IAM action, for example `dynamodb:GetItem`.
        arguments: the request, see `stepgate.permissions.request`.
        is_own: whether the request is the action's own, and not one that it follows from.
    """
    known = reference.find_action(action)
    if known is None:
        return Grant(action, ("*",), reason=NOT_IN_REFERENCE)
    if not (known.required or known.optional):
        return Grant(action, ("*",), reason=NOTHING_NARROWER)
    prefix = action.partition(":")[0]
    required = _formats(prefix, (*known.required, *ALSO_REQUIRED.get(action, ())), context)
    formats = [*required, *_formats(prefix, known.optional, context)]
    named = [match for format_ in formats if (match := _match(format_, arguments))]
    matches = _best(named) or _by_tail(formats, arguments)
    by_any_name = [] if matches else _by_any_name(required or formats, formats, arguments)
    matches = matches or by_any_name
    arns = {arn for match in matches for arn in match.arns}
    for argument in dict.fromkeys(match.dynamic for match in matches if match.dynamic):
        meant = [match.format for match in matches if match.dynamic == argument]
        fitting = _declared_arns(declared, meant)
        if not fitting:
            return undeclared_resources(action, argument, meant[0].everything)
        arns.update(fitting)
    if not matches:
        arns.update(_declared_arns(declared, formats))
        if is_own and not arns and (argument := _identifying(arguments)):
            return undeclared_resources(action, argument, formats[0].everything)
        # Without a name, a call acts on all resources; and a message to a phone number has none.
        if not arns and (not required or action == "sns:Publish"):
            return Grant(action, ("*",), reason=NOTHING_NAMED)
    if not arns or not (by_any_name or any(one.fullmatch(action) for one in ONE_OF_SEVERAL)):
        seen = {match.format.type for match in matches}
        partly = {match.format.type: match.arns for match in named}
        for format_ in required:
            if format_.type not in seen:
                own = partly.get(format_.type) or _alike(format_, arguments)
                arns.update(own or _declared_arns(declared, [format_]) or [format_.everything])
    return Grant(action, tuple(sorted(arns)))


def names_resource(action: str, argument: str, context: ArnContext) -> bool:
    """Whether an argument of this name may name a resource of an IAM action's request."""
    known = reference.find_action(action)
    types = (*known.required, *known.optional) if known else ()
    return (
        IDENTIFYING.fullmatch(argument) is not None
        or _is_any_name(argument)
        or any(
            argument in OTHER_NAMES.get((format_.prefix, format_.type), ())
            or any(format_.is_filled(variable, argument) for variable in format_.variables)
            or (format_.variables and format_.is_like(argument))
            for format_ in _formats(action.partition(":")[0], types, context)
        )
    )


def _best(named: Sequence[Match]) -> list[Match]:
    """The types that the request names, or else their parents."""
    whole = [match for match in named if match.is_whole]
    return [match for match in whole if match.is_rooted] or whole or list(named)


def _identifying(arguments: Mapping[str, object]) -> str:
    """The first argument that must name some resource."""
    names = (name.removesuffix(".$") for name in arguments)
    return next((name for name in names if IDENTIFYING.fullmatch(name)), "")


def _declared_arns(declared: Sequence[str], formats: Sequence[ArnFormat]) -> list[str]:
    return [arn for arn in declared if any(format_.fits(arn) for format_ in formats)]


def _formats(prefix: str, types: Sequence[str], context: ArnContext) -> list[ArnFormat]:
    return [
        ArnFormat(prefix, type_, text, context)
        for type_ in types
        if (prefix, type_) not in NEVER_REFERENCED
        for text in reference.find_arn_formats(prefix, type_)
    ]


def _match(format_: ArnFormat, arguments: Mapping[str, object]) -> Match | None:
    values = _variable_values(format_, arguments)
    whole = tuple(text for text in find_literals(arguments) if format_.fits(text))
    if whole:
        # A list may have ARNs, names, and items that only the input determines.
        mixed = [value for value in values.values() if not set(whole).isdisjoint(value.literals)]
        beside = [
            text
            for value in mixed
            if len(values) == 1
            for text in value.literals
            if not is_arn(text)
        ]
        dynamic = next((value.dynamic for value in mixed if value.dynamic), "")
        return Match(format_, _arns(format_, (*whole, *beside)), dynamic)
    if not values:
        return None
    found = list(values.values())
    first, last = found[0], found[-1]
    is_whole, is_rooted = format_.variables[-1] in values, format_.variables[0] in values
    if not first.literals:
        return Match(format_, (), first.dynamic, is_whole, is_rooted)
    if is_whole and len(values) == 1:
        arns = _arns(format_, last.literals)
        return Match(format_, arns, last.dynamic or ("" if arns else last.name), True, is_rooted)
    parts = [
        [(name, text) for text in (*value.literals, *(["*"] if value.dynamic else []))]
        for name, value in values.items()
    ]
    arns = tuple(format_.filled_within(dict(each)) for each in itertools.product(*parts))
    return Match(format_, arns, first.dynamic, is_whole, is_rooted)


def _variable_values(
    format_: ArnFormat, arguments: Mapping[str, object]
) -> dict[str, ArgumentValues]:
    """The values of a type's variables that the request contains, in the format's order."""
    values = {
        variable: value
        for variable in format_.variables
        if (value := find_values(arguments, partial(format_.is_filled, variable)))
    }
    others = OTHER_NAMES.get((format_.prefix, format_.type), frozenset())
    if others or values:
        last = format_.variables[-1]
        value = values.get(last) or find_values(arguments, others.__contains__)
        # The resource's parent is named, so `Name` is the resource's own name.
        value = value or (find_top_level_values(arguments, _is_any_name) if values else value)
        values |= {last: value} if value else {}
    return values


def _is_any_name(argument: str) -> bool:
    return name_stem(argument) in ANY_NAME


def _by_tail(formats: Sequence[ArnFormat], arguments: Mapping[str, object]) -> list[Match]:
    """By arguments with a longer or shorter name than the type's, if only one type fits:
    `DBClusterIdentifier` for a `cluster`.
    """
    matches = [
        Match(format_, _arns(format_, value.literals), value.dynamic)
        for format_ in formats
        if format_.variables and (value := find_values(arguments, format_.is_like))
    ]
    return matches if len({match.format.type for match in matches}) == 1 else []


def _alike(format_: ArnFormat, arguments: Mapping[str, object]) -> tuple[str, ...]:
    value = find_values(arguments, format_.is_like) if format_.variables else ArgumentValues()
    return _arns(format_, value.literals)


def _arns(format_: ArnFormat, values: Iterable[str]) -> tuple[str, ...]:
    return tuple(arn for value in values for arn in format_.arns(value))


def _by_any_name(
    required: Sequence[ArnFormat], formats: Sequence[ArnFormat], arguments: Mapping[str, object]
) -> list[Match]:
    """By arguments such as `Name` or `ResourceArn`, which fit any type."""
    value = find_top_level_values(arguments, _is_any_name)
    matches = []
    if value.literals and len(required) == 1 and required[0].variables:
        arns = _arns(required[0], value.literals)
        matches = [Match(required[0], arns, "")]
    if value.dynamic or (value.literals and not matches):
        matches += [Match(format_, (), value.name) for format_ in formats]
    return matches
