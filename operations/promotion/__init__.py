"""Releases and their way from environment to environment: what is approved, recorded, applied and taken back."""
