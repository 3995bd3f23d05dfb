"""The live dashboard of a stack: see docs/dashboard.md."""
