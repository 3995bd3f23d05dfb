"""Cognito's user pools: moto's, in the emulator's process; LocalStack has none."""

from localstack.services.moto import call_moto

from .added_services import add_service


def apply() -> None:
    add_service("cognito-idp", lambda context, _: call_moto(context))
