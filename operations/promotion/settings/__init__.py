"""Promotable settings: which there are, their values, and the file with just these changed."""
