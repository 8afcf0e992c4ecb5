"""`python -m offline.engine`: what `offline/bin/pulumi` runs."""

import gc
import os
import sys

# children are made by fork and exec only; gRPC's own handling of forks would just write warnings
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

from ..protocol import without_sdk

without_sdk()

from .cli.main import main  # noqa: E402

status = main()
gc.freeze()  # nothing is gained by looking for cycles now
sys.exit(status)
