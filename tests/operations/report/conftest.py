"""The small project whose engine is a stub, for `headroom report`."""

from tests.operations.conftest import project

__all__ = ["project"]
