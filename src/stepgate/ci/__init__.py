"""Previews, deployments, smoke tests and ephemeral stacks, through Pulumi's Automation API."""
