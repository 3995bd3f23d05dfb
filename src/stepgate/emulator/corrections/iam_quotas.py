"""IAM: its quotas."""

from localstack.utils.patch import patch
from moto.iam.exceptions import LimitExceededException
from moto.iam.models import IAMBackend

MANAGED_POLICY_CHARACTERS = 6_144
INLINE_POLICIES_CHARACTERS = 10_240
POLICIES_OF_A_ROLE = 10


def apply() -> None:
    patch(IAMBackend.create_policy)(limit_managed_policy)
    patch(IAMBackend.put_role_policy)(limit_inline_policies)
    patch(IAMBackend.attach_role_policy)(limit_policies_of_a_role)


def limit_managed_policy(original, self, description, path, document, *rest):
    """ "The size of each managed policy can't exceed 6,144 characters."

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    if _characters(document) > MANAGED_POLICY_CHARACTERS:
        message = f"Cannot exceed quota for PolicySize: {MANAGED_POLICY_CHARACTERS}"
        raise LimitExceededException(message)
    return original(self, description, path, document, *rest)


def limit_inline_policies(original, self, role, name, document):
    """ "The total aggregate policy size (the sum size of all inline policies) per entity can't
    exceed" 10,240 characters for a role.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    inline = {**self.get_role(role).policies, name: document}
    if sum(map(_characters, inline.values())) > INLINE_POLICIES_CHARACTERS:
        message = f"Maximum policy size of {INLINE_POLICIES_CHARACTERS} bytes exceeded for role"
        raise LimitExceededException(f"{message} {role}")
    return original(self, role, name, document)


def limit_policies_of_a_role(original, self, arn, role):
    """ "Managed policies attached to an IAM role: 10", unless AWS has been asked for more.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    if len({*self.get_role(role).managed_policies, arn}) > POLICIES_OF_A_ROLE:
        message = f"Cannot exceed quota for PoliciesPerRole: {POLICIES_OF_A_ROLE}"
        raise LimitExceededException(message)
    return original(self, arn, role)


def _characters(document):
    """ "IAM doesn't count white space when calculating the size of a policy." """
    return len("".join(document.split()))
