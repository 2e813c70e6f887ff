"""An evening of training on the terminal, screen by screen: `python -m tests.screens` draws `docs/screens` anew.

Every screen is the real app on a real desk, at 80×24, with a clock and ids that are always the same. A test draws them
all and compares.
"""
