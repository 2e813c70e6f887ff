"""The trainer's terminal: submits intents to the desk, shows its views. Only this package imports Textual or Rich."""
