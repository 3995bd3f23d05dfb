"""LocalStack 4.9.2, corrected where it does what AWS does not.

These modules run in the emulator's own environment. In each, `apply` puts a correction in front of
a function of the emulator, which is the correction's first argument.
"""
