"""The ARNs of a type of resource, as AWS's reference writes them and as IAM compares them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from workflows.permissions.arguments import stem
from workflows.permissions.place import Place

# Names that an argument may have whatever it means.
ANY_NAME = frozenset({"", "resource"})


def _queue(url: str, place: Place) -> tuple[str, ...]:
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
    parts = re.fullmatch(r"https://sqs\.([^.]+)\.[^/]+/(\d{12})/(.+)", url)
    if parts is None:
        return (place.arn("sqs", url.rpartition("/")[2]),)
    return (replace(place, region=parts[1], account_id=parts[2]).arn("sqs", parts[3]),)


def _secret(name: str, place: Place) -> tuple[str, ...]:
    # "Secrets Manager automatically adds a hyphen and six random characters."
    # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
    return (place.arn("secretsmanager", f"secret:{name}-??????"),)


def _parameter(name: str, place: Place) -> tuple[str, ...]:
    return (place.arn("ssm", f"parameter/{name.removeprefix('/')}"),)


def _table(name: str, place: Place) -> tuple[str, ...]:
    # A statement of PartiQL names tables in a language of its own.
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
    return (place.arn("dynamodb", f"table/{name}"),) if re.fullmatch(r"[\w.-]+", name) else ()


def _function(name: str, place: Place) -> tuple[str, ...]:
    # https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    owned = re.fullmatch(r"(\d{12}):(?:function:)?(.+)", name)
    owner = replace(place, account_id=owned[1]) if owned else place
    return (owner.arn("lambda", f"function:{owned[2] if owned else name}"),)


def _key(name: str, place: Place) -> tuple[str, ...]:
    # "You cannot use a key id, alias name, or alias ARN to identify a KMS key" in a policy, which
    # needs its ARN: an alias says nothing of that.
    # https://docs.aws.amazon.com/kms/latest/developerguide/cmks-in-iam-policies.html
    is_alias = name.startswith("alias/") or ":alias/" in name
    return (
        () if is_alias else (name if name.startswith("arn:") else place.arn("kms", f"key/{name}"),)
    )


def _log_group(name: str, place: Place) -> tuple[str, ...]:
    # Most actions compare the form with `:*`.
    # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html
    arn = (
        name.removesuffix(":*")
        if name.startswith("arn:")
        else place.arn("logs", f"log-group:{name}")
    )
    return (arn, f"{arn}:*")


def _document(name: str, place: Place) -> tuple[str, ...]:
    # AWS's own documents have no account.
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup-identity-based-policies.html
    owner = replace(place, account_id="") if re.match("AWS|Amazon", name) else place
    return (owner.arn("ssm", f"document/{name}"),)


def _security_group(id_: str, place: Place) -> tuple[str, ...]:
    # Some calls take names, and IAM compares ids.
    return (place.arn("ec2", f"security-group/{id_ if id_.startswith('sg-') else '*'}"),)


def _task_definition(name: str, place: Place) -> tuple[str, ...]:
    # Without a revision the newest runs, and IAM compares its whole ARN.
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
    return (place.arn("ecs", f"task-definition/{name}{'' if ':' in name else ':*'}"),)


def _job_definition(name: str, place: Place) -> tuple[str, ...]:
    # https://docs.aws.amazon.com/batch/latest/userguide/iam-example-restrict-job-submission.html
    arn = place.arn("batch", f"job-definition/{name}")
    return (arn,) if ":" in name else (arn, f"{arn}:*")


def _model(name: str, place: Place) -> tuple[str, ...]:
    # A profile begins with the part of the world that it routes to; the model behind it is called
    # in any of the Regions there.
    # https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
    profile = re.fullmatch(
        r"(?:arn:.*:inference-profile/)?(?:us|us-gov|eu|apac|jp|au|ca|global)\.(.+)", name
    )
    if not profile:
        model = replace(place, account_id="").arn("bedrock", f"foundation-model/{name}")
        return (name if name.startswith("arn:") else model,)
    anywhere = replace(place, region="*", account_id="")
    own = name if name.startswith("arn:") else place.arn("bedrock", f"inference-profile/{name}")
    return (anywhere.arn("bedrock", f"foundation-model/{profile[1]}"), own)


def _project(build: str, place: Place) -> tuple[str, ...]:
    # The id of a build begins with its project's name.
    # https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Build.html
    return (place.arn("codebuild", f"project/{build.partition(':')[0]}"),)


# Names of a resource whose ARN is not made by putting the name into its form.
NAMED: Mapping[tuple[str, str], Callable[[str, Place], tuple[str, ...]]] = {
    ("batch", "job-definition"): _job_definition,
    ("bedrock", "foundation-model"): _model,
    ("codebuild", "project"): _project,
    ("dynamodb", "table"): _table,
    ("ec2", "security-group"): _security_group,
    ("ecs", "task-definition"): _task_definition,
    ("kms", "key"): _key,
    ("lambda", "function"): _function,
    ("logs", "log-group"): _log_group,
    ("secretsmanager", "Secret"): _secret,
    ("sqs", "queue"): _queue,
    ("ssm", "document"): _document,
    ("ssm", "parameter"): _parameter,
}
# Of these, an ARN is no more what IAM compares than a name.
OF_ARNS = frozenset({("bedrock", "foundation-model"), ("kms", "key"), ("logs", "log-group")})
# ARNs that are not the ones that IAM compares, each with what is left out of it or changed.
COMPARED: Mapping[tuple[str, str], tuple[re.Pattern[str], str]] = {
    ("codebuild", "project"): (re.compile(r":build(?:-batch)?/([^:]+):.+"), r":project/\1"),
    ("codebuild", "report-group"): (re.compile(r":report/([^:]+):.+"), r":report-group/\1"),
    # A version or an alias. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-alias.html
    ("states", "statemachine"): (re.compile(r"(:stateMachine:[^:]+):.+"), r"\1"),
}

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_NEVER = re.compile(r"(?!)")
# Fewer letters are the tail of too many names.
_TELLING = 4


@dataclass(frozen=True)
class Format:
    """The ARNs of one type of resource, as AWS's reference writes them.

    Attributes:
        prefix: the IAM prefix of the action that knows it.
        type: such as `table`.
        text: with `${Region}` and the like where nothing is known yet.
    """

    prefix: str
    type: str
    text: str
    place: Place

    @property
    def resource(self) -> str:
        """What follows the account."""
        return self.text.split(":", 5)[5]

    @cached_property
    def variables(self) -> list[str]:
        return _VARIABLE.findall(self.resource)

    @property
    def everything(self) -> str:
        return self.filled({})

    def arns(self, text: str) -> tuple[str, ...]:
        """The ARNs that IAM compares for an argument, which may be an ARN itself."""
        key = self.prefix, self.type
        if text.startswith("arn:") and key not in OF_ARNS:
            pattern, compared = COMPARED.get(key, (_NEVER, ""))
            return (pattern.sub(compared, text),)
        if key in NAMED:
            return NAMED[key](text, self.place)
        return (self.filled({self.variables[-1]: text}),)

    def filled(self, values: Mapping[str, str]) -> str:
        """The ARN with these values, and `*` for what has none."""
        known = {
            "Partition": self.place.partition,
            "Region": self.place.region,
            "Account": self.place.account_id,
        }
        return _VARIABLE.sub(lambda name: {**known, **values}.get(name[1], "*"), self.text)

    def fits(self, arn: str) -> bool:
        """Whether an ARN, in whatever account and Region, is of this type."""
        resource = re.escape(_VARIABLE.sub("\0", self.resource)).replace(re.escape("\0"), ".+")
        service = self.text.split(":")[2]
        return re.fullmatch(f"arn:[^:]+:{service}:[^:]*:[^:]*:{resource}", arn) is not None

    def is_like(self, argument: str) -> bool:
        """Whether the argument of this name may be for such a resource."""
        about = stem(argument)
        return len(about) >= _TELLING and any(
            len(own) >= _TELLING and (about.endswith(own) or own.endswith(about))
            for own in (stem(self.type), stem(self.variables[-1]))
        )

    def is_filled(self, variable: str, argument: str) -> bool:
        """Whether a variable is filled by the argument of this name."""
        # The name of something new is not the id that it gets.
        if variable.endswith("Id") and argument.endswith("Name"):
            return False
        about = stem(argument)
        return about not in ANY_NAME and about in (
            {stem(variable), stem(self.type)}
            if variable == self.variables[-1]
            else {stem(variable)}
        )
