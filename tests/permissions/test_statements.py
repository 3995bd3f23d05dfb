"""What IAM takes as a statement."""

from typing import Any

import pytest

from stepgate.permissions.statements import statement_problem

STATEMENT: dict[str, Any] = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"Action": ("kms:Decrypt", "*:*"), "Resource": ("*",)},
        {"Sid": "Keys", "Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {
            "Action": ["s3:Get*", "dynamodb:?etItem", "*"],
            "Resource": ["placeholder", "arn:aws:s3:::a"],
        },
    ],
)
def test_a_valid_statement_has_no_problem(changes: dict[str, Any]) -> None:
    assert statement_problem({**STATEMENT, **changes}) == ""


def test_what_is_not_meant_has_its_own_names() -> None:
    excluding = {"Effect": "Allow", "NotAction": ["iam:*"], "NotResource": ["arn:aws:s3:::a"]}
    assert statement_problem(excluding) == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Actions": []}, "unknown element 'Actions'; did you mean 'Action'?"),
        ({"Sid": "read keys"}, "its Sid is 'read keys'; use letters and digits"),
        ({"Sid": 1}, "its Sid is 1; use letters and digits"),
        ({"Effect": "allow"}, 'its Effect is \'allow\'; write "Allow" or "Deny"'),
        ({"Action": None}, "its Action is None; write text, or a list of texts"),
        ({"Action": "PutItem"}, "its Action has 'PutItem'; write for example 'kms:Decrypt'"),
        ({"Resource": []}, "its Resource is []; write text, or a list of texts"),
        ({"NotResource": "*"}, "it has both Resource and NotResource; write one of them"),
        ({"Condition": "always"}, "its Condition is 'always'; write an object"),
    ],
)
def test_the_first_problem_is_said_with_what_to_write(changes: dict[str, Any], said: str) -> None:
    assert statement_problem({**STATEMENT, **changes}).startswith(said)


@pytest.mark.parametrize("missing", ["Effect", "Action", "Resource"])
def test_nothing_may_be_missing(missing: str) -> None:
    statement = {name: value for name, value in STATEMENT.items() if name != missing}
    assert missing in statement_problem(statement)
