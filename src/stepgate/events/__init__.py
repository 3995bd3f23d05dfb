"""Events: what a running workflow waits for, and what continues it."""
