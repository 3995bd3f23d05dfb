"""`WorkflowApi` for Pulumi programs in other languages; Pulumi's plugin `provider/` runs it."""
