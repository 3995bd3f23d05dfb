"""The live API: browsers follow executions over WebSockets. See docs/live.md."""
