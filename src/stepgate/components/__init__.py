"""The Pulumi components; the only part of the package that imports Pulumi at all times."""

from stepgate.components.alarms import Alarm, Alarms
from stepgate.components.rest_api import Throttle
from stepgate.components.state_machine import StateMachine
from stepgate.components.workflow_api import WorkflowApi
from stepgate.http.cors import Cors

__all__ = ["Alarm", "Alarms", "Cors", "StateMachine", "Throttle", "WorkflowApi"]
