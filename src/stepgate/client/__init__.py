"""The client of a deployed stack: it knows the stack's outputs and nothing else."""
