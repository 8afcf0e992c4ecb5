"""Checks of API keys and of how secrets are rotated."""

from collections.abc import Collection, Iterator, Mapping

from infra.settings.checking import Values
from infra.settings.problems import Finding, nearest, show


def keys_findings(
    keys: Mapping[str, Values],
    services: Collection[str],
    consumers: Mapping[str, Values],
    secrets: Values,
) -> Iterator[Finding]:
    """Every contradiction in and among API keys, those who hold them, and those who verify them."""
    yield from _periods(("secrets",), secrets)
    for name, key in keys.items():
        yield from _periods(("api_keys", name), key)
        if key.get("access") not in (None, "none"):
            yield from _holder(name, consumers)
            yield from _verifiers(name, key, services)


def _periods(path: tuple[str, ...], chosen: Values) -> Iterator[Finding]:
    """A rotation begins when the one before is over: two credentials are valid at a time, and no third."""
    period, overlap = chosen.get("period_days"), chosen.get("overlap_days")
    if not (isinstance(period, int) and isinstance(overlap, int)) or not period or period > 2 * overlap:
        return
    where = (*path, "period_days")
    says = f"the old one is valid for {overlap} days, and can be brought back for {overlap} more"
    yield Finding(where, f"{show(where, period)}: {says}; choose more than {2 * overlap}, or fewer overlap_days")


def _holder(name: str, consumers: Mapping[str, Values]) -> Iterator[Finding]:
    """A key that nobody may read is of no use."""
    if consumers.get(name, {}).get("access") in (None, "none"):
        says = "could be read by nobody: its holder is the role of the consumer with its name"
        yield Finding(("api_keys", name), f"{says}; put {name} into headroom:consumers, with an access other than none")


def _verifiers(name: str, key: Values, services: Collection[str]) -> Iterator[Finding]:
    wanted = key.get("services", ())
    path = ("api_keys", name, "services")
    if not wanted and "services" in key:
        yield Finding(path, f"{show(path, wanted)}: no service would accept this key; name those that verify it")
    listed = f"known: {', '.join(sorted(services))}" if services else "there is none"
    for service in wanted:
        if service not in services:
            yield Finding(
                path, f"{show(path, service)} is not among headroom:services{nearest(service, services)}; {listed}"
            )
