"""Cognito's user pools: moto's, in the emulator's process; LocalStack has none."""

from localstack.aws.skeleton import Skeleton
from localstack.aws.spec import load_service
from localstack.services.moto import call_moto
from localstack.services.plugins import Service, ServicePluginManager
from localstack.utils.patch import patch

API = "cognito-idp"


def apply() -> None:
    patch(ServicePluginManager.list_available)(list_user_pools)
    patch(ServicePluginManager.get_service_container)(make_user_pools)


def list_user_pools(original, self):
    """Beside the services that LocalStack has."""
    return [*original(self), API]


def make_user_pools(original, self, name):
    """The service, made when it is first called: its model takes a while to read."""
    if name == API and API not in self._services:
        model = load_service(API)
        actions = dict.fromkeys(model.operation_names, lambda context, _: call_moto(context))
        self.add_service(Service(API, skeleton=Skeleton(model, actions)))
    return original(self, name)
