"""Step Functions: how definitions are read."""

import functools
import json
import threading

from localstack.services.stepfunctions.asl.component.common.path import result_path
from localstack.services.stepfunctions.asl.parse import preprocessor
from localstack.services.stepfunctions.asl.parse.asl_parser import AmazonStateLanguageParser
from localstack.services.stepfunctions.asl.utils import json_path


def apply() -> None:
    preprocessor.from_string_literal = string_value
    preprocessor.Preprocessor._inner_string_of = staticmethod(string_value)
    # Parsers share what they have learnt. Several at once failed once with an IndexError.
    AmazonStateLanguageParser.parse = one_at_a_time(AmazonStateLanguageParser.parse)
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


def one_at_a_time(function):
    lock = threading.Lock()

    @functools.wraps(function)
    def locked(*args):
        with lock:
            return function(*args)

    return locked
