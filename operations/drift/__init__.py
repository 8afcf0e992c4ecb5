"""Drift: what AWS has otherwise than the stack's state, which of it matters, and what to do about it."""
