"""Programs whose resources are created on the emulator."""

from collections.abc import Callable

from stepgate.local.program import Outputs

Run = Callable[[str], Outputs]
"""Deploys a program, which has what `HEAD` defines."""

HEAD = """
import json
import pulumi
import pulumi_aws as aws
import pulumi_random as random

ALLOW = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
POLICY = {"Version": "2012-10-17", "Statement": [ALLOW]}
SERVICE = {"Service": "states.amazonaws.com"}
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": SERVICE}
TRUST_POLICY = {"Version": "2012-10-17", "Statement": [TRUST]}
DEFINITION = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
MOCK = {"x-amazon-apigateway-integration": {"type": "mock"}}
BODY = json.dumps({"openapi": "3.0.1", "info": {}, "paths": {"/it": {"get": MOCK}}})

"""
