"""Progress messages: a workflow reports its progress while it runs. See docs/progress.md."""
