"""The client of a stack: calls workflows by their routes and follows what they do."""
