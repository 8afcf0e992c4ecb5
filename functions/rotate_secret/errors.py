"""What goes wrong, in words that name the secret and never its value."""


class RotationError(Exception):
    """Something is in the way; the text says what, and what to do. Nothing that worked before has stopped working."""
