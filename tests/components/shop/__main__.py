"""Runs the program that a test has set."""

from tests.components import registered

registered.program()
