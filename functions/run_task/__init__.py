"""Runs one ECS task and tells how it ended."""
