"""Pulumi's entry point. Everything is in `infra.program`, so that no module exists twice under two names."""

from infra.program import main

main()
