"""A resource that one call of AWS creates, as data: which operation, and what differs by name."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

from botocore import xform_name

from stepgate.resource_types.cloud import ACCOUNT_ID, Cloud
from stepgate.resource_types.inputs import Inputs
from stepgate.resource_types.parameters import parameters, require, require_json, text
from stepgate.resource_types.resource_type import Created

NOT_SENT = ("name", "namePrefix", "region")
"""Inputs of any type: what they say is in the name and in the client that a call is given."""


@dataclass(frozen=True)
class Call:
    """Creates a resource, and returns what later ones read of it.

    Each input is sent as the parameter of the same name; see `parameters`. Templates are filled
    from the inputs, AWS's answer, the outputs, and `name`, `region` and `account`; one that is a
    single field keeps the value's type.

    Attributes:
        service: as boto3 spells it.
        operation: as AWS spells it, such as `CreateTopic`.
        name: the parameter for the resource's name in AWS; empty if it has none.
        renamed: the parameters, or attributes, of inputs that AWS calls otherwise.
        attributes: the inputs that AWS has as text in its parameter `Attributes`.
        json: inputs that are JSON as text.
        documents: inputs that are JSON, or data, which the provider gives back as text.
        elsewhere: inputs that another call sends, or that make no difference on the emulator.
        defaults: parameters for inputs that are not given, or that the provider does not have.
        id: a template for the resource's id.
        outputs: templates for the outputs but for those that repeat an input.
    """

    service: str
    operation: str
    name: str = ""
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])
    attributes: str = ""
    json: str = ""
    documents: str = ""
    elsewhere: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])
    id: str = "{name}"
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])

    def __call__(self, cloud: Cloud, name: str, inputs: Inputs) -> Created:
        documents = {key: text(it) for key, it in inputs.only(*self.documents.split()).items()}
        for key, value in Inputs(inputs.only(*self.json.split()) | documents).items():
            require_json(key, value)
        inputs = Inputs(inputs | documents)
        fixed = {**self.defaults, self.name: name} if self.name else self.defaults
        if self.attributes:
            fixed = {**fixed, "Attributes": self._attributes(inputs)}
        sent = inputs.without(*self.attributes.split(), *self.elsewhere.split())
        answer = send(cloud, self.service, self.operation, sent, self.renamed, **fixed)
        values = {**inputs, **answer, "name": name, "region": cloud.region, "account": ACCOUNT_ID}
        outputs: dict[str, Any] = {}
        for key, template in self.outputs.items():
            with suppress(KeyError):  # what AWS does not always answer
                outputs[key] = filled(template, values)
        return filled(self.id, values | outputs), outputs | documents

    def _attributes(self, inputs: Inputs) -> dict[str, str]:
        return {
            self.renamed.get(key, key[0].upper() + key[1:]): text(value)
            for key, value in inputs.only(*self.attributes.split()).items()
        }


def send(
    cloud: Cloud,
    service: str,
    operation: str,
    inputs: Inputs,
    renamed: Mapping[str, str] | None = None,
    **fixed: Any,
) -> dict[str, Any]:
    """AWS's answer to a call with these inputs, and with parameters that are sent as they are.

    Raises:
        InputError: see `parameters` and `require`.
    """
    client = cloud.client(service)
    shape = client.meta.service_model.operation_model(operation).input_shape
    renamed = renamed or {}
    call = {**fixed, **parameters(inputs.without(*NOT_SENT), shape, renamed)}
    require(call, shape, renamed)
    return getattr(client, xform_name(operation))(**call)


def filled(template: str, values: Mapping[str, Any]) -> Any:
    """The template with its fields, `{a}` or `{a[b]}`, filled in."""
    [(before, field_name, form, _), *more] = Formatter().parse(template)
    if field_name and not before and not form and not more:
        return Formatter().get_field(field_name, (), values)[0]
    return template.format_map(values)
