"""Progress messages: what a workflow tells of itself while it runs. See docs/progress.md."""
