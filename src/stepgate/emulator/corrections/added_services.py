"""Services that LocalStack does not have, in its process and on its port."""

from localstack.aws.skeleton import Skeleton
from localstack.aws.spec import load_service
from localstack.services.plugins import Service, ServicePluginManager
from localstack.utils.patch import patch

_added = {}


def apply() -> None:
    patch(ServicePluginManager.list_available)(list_added_services)
    patch(ServicePluginManager.get_service_container)(make_service)


def add_service(name, action) -> None:
    """Adds a service whose every operation is handled by `action(context, request)`."""
    _added[name] = action


def list_added_services(original, self):
    """Beside the services that LocalStack has."""
    return [*original(self), *_added]


def make_service(original, self, name):
    """The service, made when it is first called: its model takes a while to read."""
    if name in _added and name not in self._services:
        model = load_service(name)
        actions = dict.fromkeys(model.operation_names, _added[name])
        self.add_service(Service(name, skeleton=Skeleton(model, actions)))
    return original(self, name)
