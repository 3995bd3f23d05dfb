"""Mapping templates: the methods of Java's strings, and what a template is given."""

import functools
import re

from airspeed.operators import Assignment, NameOrCall
from localstack.services.apigateway.next_gen.execute_api import template_mapping
from localstack.services.apigateway.next_gen.execute_api.template_mapping import (
    VelocityInput,
    VelocityUtilApiGateway,
)
from localstack.utils.patch import patch


def apply() -> None:
    patch(VelocityUtilApiGateway.escapeJavaScript)(escape_java_script)
    patch(NameOrCall.calculate)(call_method_of_string)
    patch(VelocityInput.__init__)(map_headers)
    patch(Assignment.evaluate_raw)(override_once)
    # Each path in a template makes a parser, from its grammar.
    template_mapping.parse = functools.lru_cache(1_000)(template_mapping.parse)


def escape_java_script(original, self, value):
    r""" "This function will turn any regular single quotes (') into escaped ones (\')."

    It is commons-lang's, so it escapes slashes and whatever is not ASCII too.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
    """
    text = value if isinstance(value, str) else original(self, value)
    return re.sub(r"""["'/\\\x00-\x1f]|[^\x00-\x7f]""", _escape, text)


def _escape(match):
    if letter := dict(zip("\b\t\n\f\r\"'/\\", "btnfr\"'/\\", strict=True)).get(match[0]):
        return f"\\{letter}"
    units = match[0].encode("utf-16-be", "surrogatepass").hex().upper()
    return re.sub("....", r"\\u\g<0>", units)


def call_method_of_string(original, self, target, loader, namespace):
    """ "A mapping template is a script expressed in Velocity Template Language (VTL)."

    So a string has the methods of Java's, and not those of Python's.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings.html
    """
    if not isinstance(target, str):
        return original(self, target, loader, namespace)
    method = STRING_METHODS.get(self.name)
    if method is None or self.parameters is None:
        return None
    return method(target, *self.parameters.calculate(namespace, loader))


def _regex(pattern):  # a dot is not a line terminator, and classes such as \w are of ASCII
    dot = r"[^\n\r\x85\u2028\u2029]"
    return re.compile(re.sub(r"(\\.|\[[^]]*\])|\.", lambda m: m[1] or dot, pattern), re.ASCII)


def _replace_all(text, pattern, replacement):
    def replaced(match):  # \x is the character x, $1 the first group
        return re.sub(r"\\(.)|\$(\d)", lambda r: r[1] or match[int(r[2])] or "", replacement)

    return _regex(pattern).sub(replaced, text)


def _split(text, pattern):
    parts = _regex(pattern).split(text)
    kept = max((i for i, part in enumerate(parts, 1) if part), default=0)
    return parts[:kept] if len(parts) > 1 else parts


STRING_METHODS = {
    "contains": lambda text, other: other in text,
    "endsWith": str.endswith,
    "equals": lambda text, other: text == other,
    "equalsIgnoreCase": lambda text, other: text.lower() == other.lower(),
    "indexOf": str.find,
    "isEmpty": lambda text: not text,
    "length": lambda text: len(text.encode("utf-16-be", "surrogatepass")) // 2,
    "matches": lambda text, pattern: bool(_regex(pattern).fullmatch(text)),
    "replace": str.replace,
    "replaceAll": _replace_all,
    "split": _split,
    "startsWith": str.startswith,
    "substring": lambda text, start, end=None: text[start:end],
    "toLowerCase": str.lower,
    "toString": str,
    "toUpperCase": str.upper,
    "trim": lambda text: text.strip("".join(map(chr, range(0x21)))),
}


def map_headers(original, self, body, params):
    """`$input.params()`: "Returns a map of all the request parameters."

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
    """
    original(self, body, {**params, "header": dict(params["header"].items())})


def override_once(original, self, stream, namespace, loader):
    """ "Overrides are final. An override may only be applied to each parameter once."

    "If you try to override the same parameter multiple times, API Gateway returns a 5XX response."

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html
    """
    keys = [self.root_term, *(term.calculate(namespace, loader) for term in self.terms)]
    if keys[1:2] in (["requestOverride"], ["responseOverride"]) and value_at(keys, namespace.top()):
        raise ValueError(f"${'.'.join(keys)} is set twice")
    original(self, stream, namespace, loader)


def value_at(keys, variables):
    """What the keys lead to in nested dicts; empty if there is nothing."""
    return functools.reduce(lambda found, key: found.get(key) or {}, keys, variables)
