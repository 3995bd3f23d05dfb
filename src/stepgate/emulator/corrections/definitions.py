"""Step Functions: how definitions are read."""

import functools
import json
import threading

from localstack.services.stepfunctions.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from localstack.services.stepfunctions.asl.component.common.error_name.error_name import ErrorName
from localstack.services.stepfunctions.asl.component.common.path import result_path
from localstack.services.stepfunctions.asl.component.common.timeouts.timeout import (
    Timeout,
    TimeoutSeconds,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.execute_state import (
    ExecutionState,
)
from localstack.services.stepfunctions.asl.parse import preprocessor
from localstack.services.stepfunctions.asl.parse.asl_parser import AmazonStateLanguageParser
from localstack.services.stepfunctions.asl.utils import json_path
from localstack.utils.patch import patch


def apply() -> None:
    preprocessor.from_string_literal = string_value
    preprocessor.Preprocessor._inner_string_of = staticmethod(string_value)
    preprocessor.Preprocessor.__init__ = begin_without_a_language
    for name in ("visitBranches_decl", "visitItem_processor_decl", "visitIterator_decl"):
        patch(getattr(preprocessor.Preprocessor, name))(read_in_the_definitions_language)
    CustomErrorName.__init__ = ErrorName.__init__
    patch(ExecutionState.from_state_props)(wait_as_long_as_aws)
    AmazonStateLanguageParser.parse = staticmethod(read_once(AmazonStateLanguageParser.parse))
    # To parse a path takes 20 ms, most of what a state takes, and executions share one process.
    json_path.parse = functools.cache(json_path.parse)
    result_path.parse = functools.cache(result_path.parse)


def string_value(parser_rule_context):
    """ "The Amazon States Language is a JSON-based, structured language", so escapes are JSON's.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
    """
    text = parser_rule_context.getText()
    if text == "null":
        return None
    return json.loads(text) if text.startswith('"') else text


def begin_without_a_language(self):
    """All readers share one list of languages, where a definition that is refused leaves its own.

    After one in JSONata, every definition in JSONPath would be refused.
    """
    self._query_language_per_scope = []


def read_in_the_definitions_language(original, self, parse_tree):
    """A state in a Map or a Parallel has its own query language, or the definition's.

    https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
    """
    scopes = self._query_language_per_scope
    scopes.append(scopes[0])
    try:
        return original(self, parse_tree)
    finally:
        scopes.pop()


# A Fail state may fail again with the error that it has caught, whose name is one of `States.…`:
# "ErrorPath" names it by a path, and AWS excludes no name.
# https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html


def wait_as_long_as_aws(original, self, state_props):
    """`TimeoutSeconds`: "If not provided, the default value is 99999999", with a heartbeat too.

    https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html
    """
    original(self, state_props)
    if state_props.get(Timeout) is None:
        self.timeout = TimeoutSeconds(TimeoutSeconds.DEFAULT_TIMEOUT_SECONDS)


def read_once(original):
    """To parse a definition takes most of what a short execution takes: 80 ms of 100 for one of
    12,600 characters, whose tree takes 1.3 MB. What is made from the tree may have an execution's
    state, so it is made for each, with a parser for intrinsic functions.

    Parsers share what they have learnt. Several at once failed once with an IndexError.
    """
    lock = threading.Lock()

    @functools.lru_cache(maxsize=64)
    def tree_of(definition):
        return original(definition)[1]

    def parse(definition):
        with lock:
            tree = tree_of(definition)
            return preprocessor.Preprocessor().visit(tree), tree

    return parse
