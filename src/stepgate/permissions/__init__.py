"""What a state machine's role may do, derived from its definition."""
