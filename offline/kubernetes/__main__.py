"""`python -m offline.kubernetes <engine address>`: the provider plugin. Its first line of output is its port."""

from offline.protocol import without_sdk

THREADS = 32


def main() -> None:
    """Serves until the engine ends it."""
    without_sdk()
    from offline.kubernetes.provider import KubernetesProvider
    from offline.plugin import serve

    serve(KubernetesProvider, THREADS)


if __name__ == "__main__":
    main()
