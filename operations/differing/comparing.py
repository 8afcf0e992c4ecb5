"""Compares two environments: their settings, and, where both stand, what stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from infra.settings import Settings
from operations.differing import resources, settings, versions
from operations.differing.model import Comparison, Side
from operations.differing.names import Names
from operations.state import Resource

NO_DOMAIN = "none"
"""The domain of an environment that has none."""


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What is known of one of the two."""

    name: str
    settings: Settings
    resources: Sequence[Resource] | None = None
    """Its stack's state; None where it is not up, or nobody looked."""

    @property
    def side(self) -> Side:
        chosen = self.settings
        count = None if self.resources is None else resources.count(self.resources)
        return Side(environment=self.name, account=chosen.account, region=chosen.region, resources=count)

    @property
    def names(self) -> Names:
        """What is its own."""
        chosen = self.settings
        domain = "" if chosen.domain.name == NO_DOMAIN else chosen.domain.name
        registry = (chosen.registry.account, chosen.registry.region) if chosen.registry else None
        return Names(self.name, chosen.account, chosen.region, domain, chosen.network.cidr, registry)

    @property
    def images(self) -> dict[str, str]:
        """By service: what stands, else what is asked for."""
        return versions.asked(self.settings) if self.resources is None else versions.running(self.resources)


def compare(a: Environment, b: Environment, notes: Sequence[str] = ()) -> Comparison:
    """All that differs. `notes` say why a state is missing."""
    promotable = (*a.settings.promotion.settings, *b.settings.promotion.settings)
    found = Comparison(
        a=a.side,
        b=b.side,
        settings=settings.compare(a.settings, b.settings, promotable),
        versions=versions.versions(a.images, b.images),
        notes=(*notes, *_behind(a), *_behind(b)),
    )
    if a.resources is None or b.resources is None:
        return found
    compared = resources.compare(a.names, b.names, a.resources, b.resources)
    return Comparison(
        a=found.a,
        b=found.b,
        settings=found.settings,
        versions=found.versions,
        only_a=compared.only_a,
        only_b=compared.only_b,
        changed=compared.changed,
        same=compared.same,
        notes=found.notes,
        resources_compared=True,
    )


def _behind(environment: Environment) -> list[str]:
    """Services that run something else than the stack file asks for."""
    if environment.resources is None:
        return []
    asked, running = versions.asked(environment.settings), environment.images
    return [
        f"{environment.name}'s file asks for {name} {wanted}, and {stands} stands."
        for name, image in sorted(asked.items())
        if (stands := versions.version(running.get(name, ""))) and stands != (wanted := versions.version(image))
    ]
