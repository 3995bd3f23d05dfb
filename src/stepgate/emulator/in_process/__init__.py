"""LocalStack's interpreter of state machines in one process, on a clock that costs no time."""
