"""Rules on what rights lead to: escalation within a document, and over all that a role has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from policies import actions as catalog
from policies.documents import Document, Statement, matches
from policies.graph import Graph, Resource
from policies.rule import GraphRule, Rule
from policies.rules.iam.escalation import BEGINNING, Step, Way, broadly, guarded, opened, passes_to
from policies.rules.iam.grants import (
    IDENTITY_TYPES,
    ROLE,
    Tri,
    all_of,
    any_of,
    covers_all,
    covers_some,
    documents_of,
    only_bounds,
    others_matter,
    reaches,
    scoped,
    verdict_of,
)
from policies.rules.iam.managed import allowed as listed
from policies.rules.iam.managed import escalating
from policies.rules.iam.permissions import Permissions, covers_role, holders_of, permissions, trusts
from policies.verdict import MISSING, PASS, UNKNOWN, Verdict, combine, fail, lookup, undetermined

PASS_ROLE = "iam:PassRole"
FUNCTION = "aws:lambda/function:Function"
BOUND = (
    "name the roles, and let none be changed that lacks the permissions boundary: a condition on "
    "iam:PermissionsBoundary (components/ci/statements.py)"
)
NARROW = "name the roles, functions, tasks or clusters that it is for, and the service a role is passed to"
_HARMLESS_WRITES = ("iam:passrole", "iam:createservicelinkedrole", "iam:deleteservicelinkedrole")


def iam_no_escalation(holder: Resource, graph: Graph) -> Verdict:
    """Rights that lead to more rights are all rights: whoever holds them makes himself an administrator.

    Looked for are some 80 ways, from iam:PutRolePolicy to a task that is run with a role that was passed to it. A way
    is open where its actions reach more than names: `*`, all of a kind, and for what changes IAM any name with a star.
    A condition on iam:PermissionsBoundary, iam:PolicyARN, tags, eks:principalArn or ecs:cluster closes it, as does a
    Deny on everything in the same document.
    """
    if only_bounds(holder, graph):
        return PASS
    verdicts = []
    for path, document in documents_of(holder):
        if document.unknown:
            verdicts.append(undetermined(path))
        found = _opened(document)
        verdicts += _spoken([(way, one, f"{path}.{one.path}", sure) for way, one, sure in found])
    return combine(verdicts)


def iam_no_escalation_role(role: Resource, graph: Graph) -> Verdict:
    """Documents that are harmless one by one add up: one allows PassRole, the other to run a task with what is passed.

    Judged is what a role may do in effect: all its documents, less what they and its boundary deny. Whom it may pass or
    take, and whose code it may change, is looked up in the stack, and counts where that role has what this one lacks.
    What a single document opens, iam-no-escalation tells; of what AWS's own policies open, iam-no-admin-attachment.
    """
    own = graph.index(permissions)[role.urn]
    told = _told(own)
    found = [one for one in _ways(own, graph) if one[0] not in told]
    verdicts = _spoken([(way, one, own.source_of(one).place(one, role), sure) for way, one, sure in found])
    return combine([*verdicts, *(undetermined(place) for place in own.unknown)])


def iam_passrole_scoped(holder: Resource, graph: Graph) -> Verdict:
    """Who may pass any role to any service has the rights of the most powerful one in the account.

    A star in a role's name is accepted where a permissions boundary limits every role of the stack that it covers:
    deployments make roles whose names only Pulumi knows, and the boundary is what they can't grow beyond.
    """
    if only_bounds(holder, graph):
        return PASS

    def judge(statement: Statement, where: str) -> Verdict:
        granted = statement.grants(PASS_ROLE)
        if granted is False or others_matter(statement) or _whole_service(statement):
            return PASS
        every = all_of([granted, reaches(statement, covers_all)])
        if every is not False:
            return verdict_of(every, statement, where, "lets every role be passed", "name the roles' ARNs")
        service = any_of(
            any_of(None if value is UNKNOWN else value != "*" for value in condition.values)
            for condition in statement.condition("iam:PassedToService")
            if condition.binding
        )
        if service is not True:
            remedy = 'add {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}, or whichever takes it'
            missing = None if service is None else True
            return verdict_of(missing, statement, where, "does not say which service roles are passed to", remedy)
        return _passed(statement, where, holder, graph)

    verdicts = []
    for path, document in documents_of(holder):
        if document.unknown:
            verdicts.append(undetermined(path))
        verdicts += [judge(statement, f"{path}.{statement.path}") for statement in document.allowed]
    return combine(verdicts)


def iam_boundary_required(role: Resource, graph: Graph) -> Verdict:
    """Who writes IAM decides what everybody may do; a boundary is the limit that such a role can't move by itself."""
    own = graph.index(permissions)[role.urn]
    if own.boundary is not None:
        return PASS
    verdicts = []
    for source in own.sources:
        for statement in source.document.allowed:
            what = f"is not set, and {source.place(statement, role)} lets the role change IAM"
            remedy = "set it to a policy that denies changes of itself (components/ci/boundary.py)"
            verdicts.append(verdict_of(_writes_iam(statement), statement, "permissionsBoundary", what, remedy))
    if not any(verdict.places for verdict in verdicts):
        verdicts += [undetermined(place) for place in own.unknown]
    return _one_place(combine(verdicts))


def _relevant(document: Document) -> list[Statement]:
    """Statements that rules on everything, and on all but something, leave to this one."""
    return [statement for statement in document.allowed if not others_matter(statement)]


def _told(own: Permissions) -> set[Way]:
    """The ways of which other rules tell: those that single documents open, and AWS's own policies without ours."""
    lent = [statement for source in own.lent for statement in source.document.allowed]
    alone = {way for way, _, sure in opened(lent, broadly) if sure}
    return alone | {way for source in own.sources for way, _, sure in _opened(source.document) if sure}


def _opened(document: Document) -> list[tuple[Way, Statement, Tri]]:
    """The ways that a document opens by itself."""
    denials = [one for one in document.denied if not one.conditions and "*" in one.resources]

    def reach(statement: Statement, step: Step, way: Way) -> Tri:
        return not any(denial.grants(step.action) for denial in denials) and broadly(statement, step, way)

    return opened(_relevant(document), reach)


def _ways(own: Permissions, graph: Graph) -> list[tuple[Way, Statement, Tri]]:
    """The ways open to a role, with what it reaches looked up in the stack."""
    sources = (*own.sources, *own.lent)
    statements = [statement for source in sources for statement in _relevant(source.document)]

    def reach(statement: Statement, step: Step, way: Way) -> Tri:
        if step.target == "anything":
            return not own.stopped(step.action, lambda pattern: True) or None
        if scoped(statement) or guarded(statement, step):
            return False
        if step.target in ("pass", "assume"):
            return _takes(own, statement, step, way, graph)
        if step.target == "compute" and _changes_function(own, statement, step, graph):
            return True
        return _broad_in_effect(own, statement, step)

    return opened(statements, reach)


def _broad_in_effect(own: Permissions, statement: Statement, step: Step) -> Tri:
    """Whether a step reaches anything: for what changes IAM any name will do, for the rest it takes all of a kind."""
    changes_iam = step.target in ("role", "user", "group", "policy")
    found = reaches(statement, (lambda pattern: "${aws:username}" not in pattern) if changes_iam else covers_all)
    if found is False or own.stopped(step.action, covers_all if reaches(statement, covers_all) else covers_some):
        return False
    return found


def _changes_function(own: Permissions, statement: Statement, step: Step, graph: Graph) -> bool:
    """Whether a function may be changed whose role has more."""
    if not step.action.startswith("lambda:"):
        return False
    for function in graph.of_type(FUNCTION):
        name = lookup(function.properties, "name")
        spelled = f"function:{name if isinstance(name, str) else function.name + '-0a1b2c3'}"

        def covers(pattern: str, spelled: str = spelled) -> bool:
            return matches(pattern.split(":", 5)[-1], spelled)

        if not reaches(statement, covers) or own.stopped(step.action, covers):
            continue
        if any(_more_powerful(role, own, graph) for role in graph.behind(function, "role", ROLE)):
            return True
    return False


def _takes(own: Permissions, statement: Statement, step: Step, way: Way, graph: Graph) -> Tri:
    """Whether a role may be passed or taken that has more: any at all, or one of the stack's."""
    fits = passes_to(statement, way.service) if step.target == "pass" else True
    if fits is False:
        return False
    if reaches(statement, covers_all) and not own.stopped(step.action, covers_all):
        return fits
    for target in graph.of_type(ROLE):
        covers = covers_role(target)
        if target.urn == own.role.urn or not reaches(statement, covers) or own.stopped(step.action, covers):
            continue
        if _lets_in(target, own.role, step, way) is not False and _more_powerful(target, own, graph):
            return fits
    return None if reaches(statement, lambda pattern: False) is None else False


def _lets_in(target: Resource, taker: Resource, step: Step, way: Way) -> Tri:
    if step.target == "pass":
        return trusts(target, lambda value: value.startswith(way.service), "Service")
    covers = covers_role(taker)
    return trusts(target, lambda value: value == "*" or value.endswith(":root") or covers(value), "AWS")


def _more_powerful(target: Resource, own: Permissions, graph: Graph) -> bool:
    """Whether a role opens a way, by itself, that another does not."""
    powers = graph.index(_powers)
    return bool(powers[target.urn] - powers[own.role.urn])


def _powers(graph: Graph) -> Mapping[str, frozenset[str]]:
    """What each role of a stack has that begins a way, on whatever: the measure of which role is more powerful."""
    return {urn: _power(own) for urn, own in graph.index(permissions).items()}


def _power(own: Permissions) -> frozenset[str]:
    begun = {action for statement in own.allowed for action in statement.maybe_grants(BEGINNING)}
    kept = {action for action in begun if not own.stopped(action, lambda pattern: pattern == "*", guards=False)}
    return frozenset(kept | {name for name in own.managed if name in escalating() and name not in listed()})


def _passed(statement: Statement, where: str, holder: Resource, graph: Graph) -> Verdict:
    """Whether the roles that a statement names may be passed by whoever holds it."""
    starred = reaches(statement, covers_some)
    for bearer in holders_of(holder, graph):
        own = graph.index(permissions)[bearer.urn]
        for target in graph.of_type(ROLE):
            covers = covers_role(target)
            if target.urn == bearer.urn or not reaches(statement, covers) or own.stopped(PASS_ROLE, covers):
                continue
            if trusts(target, lambda service: _passed_to(statement, service), "Service") is False:
                continue
            if _more_powerful(target, own, graph):
                what = f"lets the role {target.name} be passed, which may do more than who passes it"
                return fail(where, what, "name the roles of tasks and functions only")
            if starred and lookup(target.properties, "permissionsBoundary") is MISSING:
                what = f"names roles by a pattern, which covers {target.name}, and no boundary limits that role"
                return fail(where, what, "name the roles one by one, or set permissionsBoundary of every role")
    if starred and not graph.of_type(ROLE):
        return fail(where, "names roles by a pattern", "name the roles one by one")
    if starred is None:
        return verdict_of(None, statement, where, "", "")
    return PASS


def _passed_to(statement: Statement, service: str) -> bool:
    """Whether a statement passes roles to a service, by its host name."""
    return passes_to(statement, service.removesuffix(".amazonaws.com")) is not False


def _whole_service(statement: Statement) -> bool:
    """Whether the right to pass comes of a wildcard for all of IAM, of which other rules tell."""
    return any(isinstance(action, str) and action.lower() in ("*", "iam:*") for action in statement.actions)


def _writes_iam(statement: Statement) -> Tri:
    """Whether a statement allows to change IAM's roles, users or policies."""

    def one(pattern: object) -> Tri:
        if not isinstance(pattern, str):
            return None
        if pattern.partition(":")[0].lower() not in ("iam", "*"):
            return False
        try:
            found = catalog.expand(pattern if ":" in pattern else "iam:*")
        except catalog.UnknownActionError:
            return False
        changing = (action for action in found if action.startswith("iam:") and action.lower() not in _HARMLESS_WRITES)
        return any(catalog.writes(action) for action in changing)

    return True if statement.not_actions else any_of(one(pattern) for pattern in statement.actions)


def _spoken(found: Sequence[tuple[Way, Statement, str, Tri]]) -> list[Verdict]:
    """A verdict for each statement that begins ways, and not for each of the ways."""
    by_place: dict[str, list[tuple[Way, Statement, Tri]]] = {}
    for way, statement, place, sure in found:
        by_place.setdefault(place, []).append((way, statement, sure))
    verdicts = []
    for place, members in by_place.items():
        sure = any_of(one for _, _, one in members)
        ways = [way for way, _, one in members if one is sure]
        shown = "; ".join(way.spoken for way in ways[:3])
        more = f", and {len(ways) - 3} more" if len(ways) > 3 else ""
        remedy = BOUND if ways[0].steps[0].target in ("role", "user", "group", "policy") else NARROW
        verdicts.append(verdict_of(sure, members[0][1], place, f"leads to more rights: {shown}{more}", remedy))
    return verdicts


def _one_place(verdict: Verdict) -> Verdict:
    """The verdict with its first place, where all of them are the same spot."""
    return Verdict(verdict.outcome, verdict.places[:1])


RULES: tuple[Rule, ...] = (
    GraphRule(
        check=iam_no_escalation,
        title="No document leads to more rights",
        types=IDENTITY_TYPES,
        severity="critical",
        references=("Checkov CKV_AWS_286",),
    ),
    GraphRule(
        check=iam_no_escalation_role,
        title="Nothing that a role has leads to more rights",
        types=frozenset({ROLE}),
        severity="critical",
        references=("requirement C5",),
    ),
    GraphRule(
        check=iam_passrole_scoped,
        title="Roles are passed by name, and to a named service",
        types=IDENTITY_TYPES,
        severity="high",
        references=("Trivy AVD-AWS-0342",),
    ),
    GraphRule(
        check=iam_boundary_required,
        title="Roles that change IAM carry a permissions boundary",
        types=frozenset({ROLE}),
        severity="high",
        references=("requirement C5",),
    ),
)
