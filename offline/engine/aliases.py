"""Finds what a resource was called before, so that a new name is no new resource."""

from __future__ import annotations

from .context import Context
from .resource_state import Goal, ResourceState
from .urns import make_urn, qualified_type, urn_name, urn_type


def find_old(context: Context, goal: Goal) -> ResourceState | None:
    """The old state of a resource under its URN or an alias; an alias is remembered for its children."""
    resources = context.resources
    if goal.urn in resources.aliased:
        by = resources.aliased[goal.urn]
        raise context.bail(f"Duplicate resource URN '{goal.urn}' conflicting with alias on resource '{by}'", goal.urn)
    old = resources.olds.get(goal.urn)
    if old is not None:
        return old
    for alias in _candidates(context, goal):
        old = resources.olds.get(alias)
        if old is None:
            continue
        if alias in resources.goals or alias in resources.aliased:
            raise context.bail(
                f"Duplicate resource alias '{alias}' applied to resource '{goal.urn}': "
                f"'{resources.aliased.get(alias, alias)}' has it already",
                goal.urn,
            )
        resources.aliased[alias] = goal.urn
        resources.aliases[goal.urn] = alias
        return old
    return None


def _candidates(context: Context, goal: Goal) -> list[str]:
    """The goal's own aliases, and those that follow from its parent's."""
    found = list(goal.alias_urns)
    parent_alias = context.resources.aliases.get(goal.parent, "")
    if parent_alias:
        for resource_type, name in [(goal.type, goal.name), *((urn_type(u), urn_name(u)) for u in goal.alias_urns)]:
            found.append(_inherited(context, goal.parent, parent_alias, resource_type, name))
    return list(dict.fromkeys(found))


def _inherited(context: Context, parent: str, parent_alias: str, resource_type: str, name: str) -> str:
    """A child's name often begins with its parent's: then it was called after the parent's old name."""
    parent_name = urn_name(parent)
    if name.startswith(parent_name):
        name = urn_name(parent_alias) + name[len(parent_name) :]
    target = context.target
    if qualified_type(parent_alias) == "pulumi:pulumi:Stack":
        return make_urn(target.stack, target.project, "", resource_type, name)
    return make_urn(target.stack, target.project, parent_alias, resource_type, name)
