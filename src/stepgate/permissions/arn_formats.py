"""The ARNs of a resource type: as in AWS's reference, and as IAM compares them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from stepgate.permissions.arguments import name_stem
from stepgate.permissions.arn_context import ArnContext

# Stems of argument names that fit any resource type.
ANY_NAME = frozenset({"", "resource"})


def _queue_arns(url: str, context: ArnContext) -> tuple[str, ...]:
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
    parts = re.fullmatch(r"https://sqs\.([^.]+)\.[^/]+/(\d{12})/(.+)", url)
    if parts is None:
        return (context.arn("sqs", url.rpartition("/")[2]),)
    return (replace(context, region=parts[1], account_id=parts[2]).arn("sqs", parts[3]),)


def _secret_arns(name: str, context: ArnContext) -> tuple[str, ...]:
    # "Secrets Manager automatically adds a hyphen and six random characters."
    # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
    # A call may leave them out, and IAM compares the whole ARN.
    # https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
    arn = name if name.startswith("arn:") else context.arn("secretsmanager", f"secret:{name}")
    completed = (f"{arn}-??????",)
    if not name.startswith("arn:"):
        return completed
    # Six lower-case letters are more likely to be a word of the name.
    is_whole = re.search(r"-[0-9A-Za-z?]{6}$|\*$", arn)
    return (arn, *(completed if re.search(r"-[a-z]{6}$", arn) else ())) if is_whole else completed


def _parameter_arns(name: str, context: ArnContext) -> tuple[str, ...]:
    # AWS's own parameters have no account.
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html
    owner = replace(context, account_id="") if name.startswith("/aws/service/") else context
    return (owner.arn("ssm", f"parameter/{name.removeprefix('/')}"),)


def _table_arns(name: str, context: ArnContext) -> tuple[str, ...]:
    # A PartiQL statement names its tables in PartiQL.
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
    return (context.arn("dynamodb", f"table/{name}"),) if re.fullmatch(r"[\w.-]+", name) else ()


def _function_arns(name: str, context: ArnContext) -> tuple[str, ...]:
    # https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    owned = re.fullmatch(r"(\d{12}):(?:function:)?(.+)", name)
    owner = replace(context, account_id=owned[1]) if owned else context
    return (owner.arn("lambda", f"function:{owned[2] if owned else name}"),)


def _workgroup_arns(name: str, context: ArnContext) -> tuple[str, ...]:
    # IAM compares the id, and calls have the name.
    # https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-iam.html
    is_id = re.fullmatch(r"[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}", name)
    return (context.arn("redshift-serverless", f"workgroup/{name if is_id else '*'}"),)


def _key_arns(name: str, context: ArnContext) -> tuple[str, ...]:
    # "You cannot use a key id, alias name, or alias ARN to identify a KMS key" in a policy, which
    # needs its ARN, which does not follow from an alias.
    # https://docs.aws.amazon.com/kms/latest/developerguide/cmks-in-iam-policies.html
    is_alias = name.startswith("alias/") or ":alias/" in name
    if is_alias:
        return ()
    return (name if name.startswith("arn:") else context.arn("kms", f"key/{name}"),)


def _log_group_arns(name: str, context: ArnContext) -> tuple[str, ...]:
    # Most actions compare the ARN with `:*` at its end.
    # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html
    arn = (
        name.removesuffix(":*")
        if name.startswith("arn:")
        else context.arn("logs", f"log-group:{name}")
    )
    return (arn, f"{arn}:*")


def _document_arns(name: str, context: ArnContext) -> tuple[str, ...]:
    # AWS's own documents have no account.
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup-identity-based-policies.html
    owner = replace(context, account_id="") if re.match("AWS|Amazon", name) else context
    return (owner.arn("ssm", f"document/{name}"),)


def _security_group_arns(id_: str, context: ArnContext) -> tuple[str, ...]:
    # Some calls accept names, but IAM compares ids.
    return (context.arn("ec2", f"security-group/{id_ if id_.startswith('sg-') else '*'}"),)


def _task_definition_arns(name: str, context: ArnContext) -> tuple[str, ...]:
    # Without a revision the newest one runs, and IAM compares its whole ARN.
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
    return (context.arn("ecs", f"task-definition/{name}{'' if ':' in name else ':*'}"),)


def _job_definition_arns(name: str, context: ArnContext) -> tuple[str, ...]:
    # https://docs.aws.amazon.com/batch/latest/userguide/iam-example-restrict-job-submission.html
    arn = context.arn("batch", f"job-definition/{name}")
    return (arn,) if ":" in name else (arn, f"{arn}:*")


def _model_arns(name: str, context: ArnContext) -> tuple[str, ...]:
    # An inference profile starts with the geography that it routes to; its model may be called in
    # any Region there.
    # https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
    profile = re.fullmatch(
        r"(?:arn:.*:inference-profile/)?(?:us|us-gov|eu|apac|jp|au|ca|global)\.(.+)", name
    )
    if not profile:
        model = replace(context, account_id="").arn("bedrock", f"foundation-model/{name}")
        return (name if name.startswith("arn:") else model,)
    anywhere = replace(context, region="*", account_id="")
    own = name if name.startswith("arn:") else context.arn("bedrock", f"inference-profile/{name}")
    return (anywhere.arn("bedrock", f"foundation-model/{profile[1]}"), own)


def _project_arns(build: str, context: ArnContext) -> tuple[str, ...]:
    # A build's id starts with the project's name.
    # https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Build.html
    return (context.arn("codebuild", f"project/{build.partition(':')[0]}"),)


# How a name becomes ARNs, where it does not just fill the format's last variable.
ARN_BUILDERS: Mapping[tuple[str, str], Callable[[str, ArnContext], tuple[str, ...]]] = {
    ("batch", "job-definition"): _job_definition_arns,
    ("bedrock", "foundation-model"): _model_arns,
    ("codebuild", "project"): _project_arns,
    ("dynamodb", "table"): _table_arns,
    ("ec2", "security-group"): _security_group_arns,
    ("ecs", "task-definition"): _task_definition_arns,
    ("kms", "key"): _key_arns,
    ("lambda", "function"): _function_arns,
    ("logs", "log-group"): _log_group_arns,
    ("redshift-data", "workgroup"): _workgroup_arns,
    ("redshift-serverless", "workgroup"): _workgroup_arns,
    ("secretsmanager", "Secret"): _secret_arns,
    ("sqs", "queue"): _queue_arns,
    ("ssm", "document"): _document_arns,
    ("ssm", "parameter"): _parameter_arns,
}
# Types for which IAM compares neither a name nor an ARN as it is given.
REBUILT_ARNS = frozenset(
    {
        *(("bedrock", "foundation-model"), ("kms", "key"), ("logs", "log-group")),
        ("secretsmanager", "Secret"),
    }
)
# ARNs that IAM compares in another form: a pattern and its replacement.
REWRITTEN_ARNS: Mapping[tuple[str, str], tuple[re.Pattern[str], str]] = {
    ("codebuild", "project"): (re.compile(r":build(?:-batch)?/([^:]+):.+"), r":project/\1"),
    ("codebuild", "report-group"): (re.compile(r":report/([^:]+):.+"), r":report-group/\1"),
    # A version or an alias. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-alias.html
    ("states", "statemachine"): (re.compile(r"(:stateMachine:[^:]+):.+"), r"\1"),
}


def is_arn(text: str) -> bool:
    return re.match("arn:(?:[^:]*:){4}.", text) is not None


_VARIABLE = re.compile(r"\$\{(\w+)\}")
_NEVER = re.compile(r"(?!)")
# Shorter stems are the end of too many names.
_MIN_STEM_LENGTH = 4


@dataclass(frozen=True)
class ArnFormat:
    """The ARNs of one resource type, as in AWS's reference.

    Attributes:
        prefix: the IAM prefix of the actions on it.
        type: for example `table`.
        text: with variables such as `${Region}`.
    """

    prefix: str
    type: str
    text: str
    context: ArnContext

    @property
    def resource(self) -> str:
        """The part after the account."""
        return self.text.split(":", 5)[5]

    @cached_property
    def variables(self) -> list[str]:
        return _VARIABLE.findall(self.resource)

    @property
    def everything(self) -> str:
        return self.filled({})

    def arns(self, text: str) -> tuple[str, ...]:
        """The ARNs that IAM compares for an argument's value, which may be an ARN itself."""
        key = self.prefix, self.type
        if text.startswith("arn:") and key not in REBUILT_ARNS:
            pattern, compared = REWRITTEN_ARNS.get(key, (_NEVER, ""))
            return (pattern.sub(compared, text),)
        if key in ARN_BUILDERS:
            return ARN_BUILDERS[key](text, self.context)
        return (self.filled({self.variables[-1]: text}),)

    def filled_within(self, values: Mapping[str, str]) -> str:
        """The ARN with these values, some of which are ARNs: in the account and the Region of the
        first of these.
        """
        owner = next((text.split(":", 5) for text in values.values() if is_arn(text)), None)
        context = self.context
        if owner and owner[2] == self.text.split(":")[2]:
            context = replace(
                context,
                partition=owner[1],
                region=owner[3] or context.region,
                account_id=owner[4] or context.account_id,
            )
        names = {name: self._value(name, text) for name, text in values.items()}
        return replace(self, context=context).filled(names)

    def _value(self, variable: str, text: str) -> str:
        """A variable's value; for an ARN the part of it: a cluster's name, for a task's ARN."""
        if not is_arn(text):
            return text
        own = text.split(":", 5)[5].removesuffix(":*")
        before = self.resource.partition(f"${{{variable}}}")[0]
        return own[len(before) :] if own.startswith(before) else re.split("[/:]", own)[-1]

    def filled(self, values: Mapping[str, str]) -> str:
        """The ARN with these values, and `*` for variables without one."""
        known = {
            "Partition": self.context.partition,
            "Region": self.context.region,
            "Account": self.context.account_id,
        }
        return _VARIABLE.sub(lambda name: {**known, **values}.get(name[1], "*"), self.text)

    def fits(self, arn: str) -> bool:
        """Whether an ARN, in any account and Region, is of this type."""
        resource = re.escape(_VARIABLE.sub("\0", self.resource)).replace(re.escape("\0"), ".+")
        service, *owner = self.text.split(":")[2:5]
        # A bucket's ARN has neither, and an access point's has both.
        region, account = ("[^:]*" if part else r"\*?" for part in owner)
        return re.fullmatch(f"arn:[^:]+:{service}:{region}:{account}:{resource}", arn) is not None

    def is_like(self, argument: str) -> bool:
        """Whether an argument of this name may be for such a resource."""
        about = name_stem(argument)
        return len(about) >= _MIN_STEM_LENGTH and any(
            len(own) >= _MIN_STEM_LENGTH and (about.endswith(own) or own.endswith(about))
            for own in (name_stem(self.type), name_stem(self.variables[-1]))
        )

    def is_filled(self, variable: str, argument: str) -> bool:
        """Whether an argument of this name fills a variable."""
        # The name of a new resource is not its id.
        if variable.endswith("Id") and argument.endswith("Name"):
            return False
        about = name_stem(argument)
        return about not in ANY_NAME and about in (
            {name_stem(variable), name_stem(self.type)}
            if variable == self.variables[-1]
            else {name_stem(variable)}
        )
