"""Deletes uploads that are larger than they may be."""
