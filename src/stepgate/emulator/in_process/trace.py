"""What a run does: the states that it visits, and how it leaves each of them."""

from contextlib import contextmanager
from contextvars import ContextVar

from localstack.services.stepfunctions.asl.component.common.catch.catch_decl import CatchDecl
from localstack.services.stepfunctions.asl.component.common.catch.catcher_decl import CatcherDecl
from localstack.services.stepfunctions.asl.component.common.catch.catcher_outcome import (
    CatcherOutcomeCaught,
)
from localstack.services.stepfunctions.asl.component.common.retry.retrier_decl import RetrierDecl
from localstack.services.stepfunctions.asl.component.common.retry.retrier_outcome import (
    RetrierOutcome,
)
from localstack.services.stepfunctions.asl.component.common.retry.retry_decl import RetryDecl
from localstack.services.stepfunctions.asl.component.state.state import CommonStateField
from localstack.services.stepfunctions.asl.component.state.state_choice.choice_rule import (
    ChoiceRule,
)
from localstack.services.stepfunctions.asl.component.state.state_choice.choices_decl import (
    ChoicesDecl,
)
from localstack.services.stepfunctions.asl.component.state.state_choice.state_choice import (
    StateChoice,
)
from localstack.services.stepfunctions.asl.component.state.state_continue_with import (
    ContinueWithEnd,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_map.iteration.itemprocessor.distributed_item_processor_worker import (  # noqa: E501
    DistributedItemProcessorWorker,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_map.iteration.iteration_worker import (  # noqa: E501
    IterationWorker,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_map.iteration.iterator.distributed_iterator_worker import (  # noqa: E501
    DistributedIteratorWorker,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_parallel.branch_worker import (  # noqa: E501
    BranchWorker,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_parallel.branches_decl import (  # noqa: E501
    BranchesDecl,
)
from localstack.services.stepfunctions.asl.eval.program_state import ProgramEnded, ProgramRunning
from localstack.utils.patch import patch

visits = ContextVar("visits")
"""All visits of the run, in their order."""
place = ContextVar("place", default=())
"""What the running thread is in, outermost first: each a visit's number, an index, an attempt."""
machine = ContextVar("machine", default=())
"""Which execution the running thread belongs to: of each state that has started one, the visit's
number and the attempt, outermost first."""
visit = ContextVar("visit")
"""The visit of the innermost state that the running thread is in."""


def apply() -> None:
    patch(CommonStateField._eval_body)(enter)
    for declaration, part in (
        (ChoicesDecl, "rules"),
        (CatchDecl, "catchers"),
        (RetryDecl, "retriers"),
        (BranchesDecl, "programs"),
    ):
        number_parts(declaration, part)
    patch(ChoiceRule._eval_body)(choose)
    patch(StateChoice._eval_state)(choose_default)
    patch(CatcherDecl._eval_body)(catch)
    patch(RetrierDecl._eval_body)(retry)
    patch(BranchWorker._thread_routine)(run_branch)
    for worker in (IterationWorker, DistributedItemProcessorWorker, DistributedIteratorWorker):
        if "_eval_job" in vars(worker):
            patch(worker._eval_job)(run_item)


def number_parts(declaration, part):
    """Each part knows its place in its list."""

    def numbered(original, self, *parts, **named):
        original(self, *parts, **named)
        for number, each in enumerate(getattr(self, part)):
            each.number = number

    patch(declaration.__init__)(numbered)


def enter(original, self, env):
    entered = {
        "number": len(visits.get()),
        "machine": machine.get(),
        "state": self.name,
        "place": place.get(),
        "exit": None,
        "retriers": [],
    }
    visits.get().append(entered)
    outer = visit.set(entered)
    try:
        original(self, env)
        state = env.program_state()
        if entered["exit"] is None and isinstance(state, ProgramRunning | ProgramEnded):
            is_end = isinstance(self.continue_with, ContinueWithEnd)
            entered["exit"] = "End" if is_end else "Next"
    finally:
        visit.reset(outer)


def choose(original, self, env):
    original(self, env)
    # The parts of an And, an Or and a Not are rules too, and have no place of their own.
    if env.stack[-1] is True and hasattr(self, "number"):
        visit.get()["exit"] = f"Choices[{self.number}].Next"


def choose_default(original, self, env):
    original(self, env)
    visit.get()["exit"] = visit.get()["exit"] or "Default"


def catch(original, self, env):
    original(self, env)
    if isinstance(env.stack[-1], CatcherOutcomeCaught):
        visit.get()["exit"] = f"Catch[{self.number}].Next"


def retry(original, self, env):
    original(self, env)
    if env.stack[-1] == RetrierOutcome.Executed:
        visit.get()["retriers"].append(self.number)


def run_branch(original, self):
    _inside(self._program.number, original, self)


def run_item(original, self, env, job):
    _inside(job.job_index, original, self, env, job)


def _inside(index, function, *arguments):
    around = visit.get()
    inner = place.set((*place.get(), (around["number"], index, len(around["retriers"]))))
    try:
        function(*arguments)
    finally:
        place.reset(inner)


@contextmanager
def inside_execution():
    """What runs inside belongs to an execution that the state of this visit has started."""
    around = visit.get()
    attempt = len(around["retriers"])
    inner = place.set((*place.get(), (around["number"], None, attempt)))
    started = machine.set((*machine.get(), (around["number"], attempt)))
    try:
        yield
    finally:
        machine.reset(started)
        place.reset(inner)
