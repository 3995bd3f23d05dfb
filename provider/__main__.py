"""Pulumi's plugin: `WorkflowApi` for programs in other languages. See docs/other-languages.md."""

from stepgate.provider.host import serve

serve()
