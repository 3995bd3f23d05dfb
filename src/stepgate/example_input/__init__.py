"""Example inputs for workflows, generated from their JSON Schemas."""

from stepgate.example_input.generator import generate_example_input

__all__ = ["generate_example_input"]
