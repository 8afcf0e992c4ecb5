"""Lends the pretended engine of tests/components to the tests of the program."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

path = Path(__file__).parents[1] / "components" / "conftest.py"
spec = spec_from_file_location("pretended_engine", path)
assert spec is not None
assert spec.loader is not None
pretended_engine = module_from_spec(spec)
sys.modules["pretended_engine"] = pretended_engine
spec.loader.exec_module(pretended_engine)
run = pretended_engine.run
