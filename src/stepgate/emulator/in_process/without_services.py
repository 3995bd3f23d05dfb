"""Keeps the interpreter from importing AWS's services, which takes longer than all the rest.

Imported before the interpreter: no Task calls a service here.
"""

import sys
from types import ModuleType

_STEP_FUNCTIONS = "localstack.services.stepfunctions"
_TASKS = f"{_STEP_FUNCTIONS}.asl.component.state.state_execution.state_task"

for name, members in {
    "localstack.aws.connect": ("InternalRequestParameters", "connect_to"),
    f"{_STEP_FUNCTIONS}.asl.utils.boto_client": ("boto_client_for",),
    f"{_STEP_FUNCTIONS}.mocking.mock_config": ("MockedResponse", "MockTestCase"),
    f"{_TASKS}.state_task_factory": ("state_task_for",),
    "urllib3.contrib.pyopenssl": (),
}.items():
    module = ModuleType(name)
    vars(module).update(dict.fromkeys(members, object))
    sys.modules[name] = module
