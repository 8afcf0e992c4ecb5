"""`python -m offline.kubernetes <engine address>`: the provider plugin. Its first line of output is its port."""

from offline.kubernetes.provider import KubernetesProvider
from offline.plugin import serve

THREADS = 32


def main() -> None:
    """Serves until the engine ends it."""
    serve(KubernetesProvider(), THREADS)


if __name__ == "__main__":
    main()
