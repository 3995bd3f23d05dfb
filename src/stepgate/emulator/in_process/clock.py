"""A clock that waits for no one, and threads that wait for it.

One thread runs at a time, until it waits; then the one whose time comes first runs, and the clock
shows that time. So a run takes no longer than its work does, and is the same each time.
"""

import contextvars
import datetime
import heapq
import itertools
import threading
from types import SimpleNamespace

MICROSECONDS = 1_000_000
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


class Stopped(BaseException):
    """Ends a thread of a run that is over; what catches errors of the interpreter lets it pass."""


class Clock:
    """The time of one run, and the threads that share it."""

    def __init__(self, now):
        """
        Args:
            now: the time when it begins, with its zone.
        """
        self.microseconds = (now - EPOCH) // datetime.timedelta(microseconds=1)
        self._number = itertools.count()
        self._waiting = []
        self._threads = set()
        self._main = _Turn()
        self._over = False
        self._failure = None
        _local.turn, _local.clock = self._main, self

    @property
    def now(self):
        return EPOCH + datetime.timedelta(microseconds=self.microseconds)

    def sleep(self, seconds):
        if seconds > 0:
            self.wait([], seconds)

    def wait(self, waiters, seconds):
        """Whether it was woken by `wake` before so many seconds; None waits without end."""
        if self._over:
            raise Stopped
        turn = _local.turn
        wait = _Wait(turn)
        waiters.append(wait)
        if seconds is not None:
            self._push(self.microseconds + round(seconds * MICROSECONDS), wait)
        following = self._following()
        if following is not turn:
            following.give()
            turn.take()
        if turn is self._main and self._failure:
            raise self._failure
        if self._over and turn is not self._main:
            raise Stopped
        return wait.woken

    def wake(self, waiters):
        for wait in waiters:
            wait.woken = True
            self._push(self.microseconds, wait)
        waiters.clear()

    def fail(self, error):
        """Raises the error where the run was started, and ends the calling thread."""
        self._failure = self._failure or error
        raise self._failure if _local.turn is self._main else Stopped

    def start(self, thread):
        self._threads.add(thread)
        self._push(self.microseconds, _Wait(thread.turn))

    def end(self, thread, error):
        """Called by a thread at its end: another one runs."""
        self._threads.discard(thread)
        if error and not self._over:
            self._failure = self._failure or error
        (self._main if self._over else self._following()).give()

    def close(self):
        """Ends all threads, one after the other."""
        self._over = True
        while self._threads:
            next(iter(self._threads)).turn.give()
            self._main.take()

    def _push(self, at, wait):
        heapq.heappush(self._waiting, (at, next(self._number), wait))

    def _following(self):
        if self._failure:
            return self._main
        while self._waiting:
            at, _, wait = heapq.heappop(self._waiting)
            if not wait.over:
                wait.over = True
                self.microseconds = max(self.microseconds, at)
                return wait.turn
        self._failure = RuntimeError("all threads of the interpreter wait for each other")
        return self._main


class _Turn:
    """What a thread needs to run."""

    def __init__(self):
        self._lock = threading.Lock()
        self._lock.acquire()

    def give(self):
        self._lock.release()

    def take(self):
        self._lock.acquire()


class _Wait:
    """One wait of a thread, which ends once: when it is woken, or when its time comes."""

    def __init__(self, turn):
        self.turn, self.woken, self.over = turn, False, False


_local = threading.local()


def current_clock():
    return _local.clock


class Thread:
    """As `threading.Thread`, on the clock of the thread that makes it."""

    native_id = 0

    def __init__(self, target, args=(), name=None, daemon=None):  # noqa: ARG002 as in threading
        self.turn = _Turn()
        self._clock = current_clock()
        self._target, self._args, self._waiters = target, args, []
        self._alive = False

    def start(self):
        self._alive = True
        self._clock.start(self)
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(self._run,), daemon=True).start()

    def is_alive(self):
        return self._alive

    def join(self, timeout=None):
        if self._alive:
            self._clock.wait(self._waiters, timeout)

    def _run(self):
        _local.turn, _local.clock = self.turn, self._clock
        self.turn.take()
        failure = None
        try:
            if not self._clock._over:
                self._target(*self._args)
        except Stopped:
            pass
        except BaseException as error:
            failure = error
        finally:
            self._alive = False
            self._clock.wake(self._waiters)
            self._clock.end(self, failure)


class Event:
    """As `threading.Event`, on the clock of the thread that uses it."""

    def __init__(self):
        self._set, self._waiters = False, []

    def is_set(self):
        return self._set

    def set(self):
        self._set = True
        if self._waiters:
            current_clock().wake(self._waiters)

    def clear(self):
        self._set = False

    def wait(self, timeout=None):
        return self._set or current_clock().wait(self._waiters, timeout)


class Datetime(datetime.datetime):
    """As `datetime.datetime`, with the clock's time for now."""

    @classmethod
    def now(cls, tz=None):
        now = current_clock().now
        return now if tz else now.replace(tzinfo=None)


THREADING = SimpleNamespace(Thread=Thread, Event=Event, Lock=threading.Lock, RLock=threading.RLock)
TIME = SimpleNamespace(sleep=lambda seconds: current_clock().sleep(seconds))
DATETIME = SimpleNamespace(datetime=Datetime, UTC=datetime.UTC)
"""What the interpreter's modules have in the place of Python's."""
