"""Previews, deployments and throw-away stacks as a program, through Pulumi's Automation API."""
