"""Verifies API keys inside a service; no function of Lambda's. See `verifier`."""
