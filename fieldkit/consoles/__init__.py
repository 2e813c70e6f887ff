"""Second consoles, off by default, each on a listener of its own: another laptop, and the trainer's phone."""
