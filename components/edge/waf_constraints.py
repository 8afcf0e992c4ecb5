"""What AWS WAF refuses, or charges extra for, found before anything is built."""

from components.constraints import Problem, one_of, within
from components.edge.waf_rules import GROUPS, WAF_GUIDE, WINDOWS, Limit, Protection, rules, weights

MOST_WCU = 1_500
"""Weight that a web ACL has at the base price; more costs extra a request, and 5,000 is the end."""
MOST_RATE_RULES = 10
"""Rate-based rules of a web ACL."""
MOST_MATCHED = 200
"""Characters that a string match compares."""
QUOTAS = f"{WAF_GUIDE}/limits.html"


def limit_problems(limit: Limit) -> list[Problem]:
    """A limit counts 10 requests at least, in one of four windows, on the starts of paths."""
    return [
        *within("requests", limit.requests, 10, 2_000_000_000, "requests", QUOTAS),
        *one_of(
            "window_seconds",
            limit.window_seconds,
            WINDOWS,
            "AWS WAF counts over fixed windows",
            f"{WAF_GUIDE}/waf-rule-statement-type-rate-based-high-level-settings.html",
        ),
        *(problem for path in limit.paths for problem in start_problems("paths", path)),
    ]


def start_problems(key: str, path: str) -> list[Problem]:
    """The start of a path is compared letter by letter: a wildcard would be one of the letters."""
    if path.startswith("/") and "*" not in path and "?" not in path and len(path) <= MOST_MATCHED:
        return []
    return [
        Problem(
            key=key,
            value=path,
            reason=f"the start of a path begins with /, and has no wildcard and at most {MOST_MATCHED} characters",
            remedy="write it as /api/uploads",
            source=f"{WAF_GUIDE}/waf-rule-statement-type-string-match.html",
        )
    ]


def exclusion_problems(chosen: Protection) -> list[Problem]:
    """Only a group that is there has rules to leave out."""
    return [
        Problem(
            key="exclusions",
            value=name,
            reason="it is not among the groups, so none of its rules is there to count only",
            remedy=f"add {name} to groups, or take it out here",
            source=f"{WAF_GUIDE}/web-acl-rule-group-override-options.html",
        )
        for name in chosen.exclusions
        if name not in chosen.groups
    ]


def flood_problems(flood_requests: int) -> list[Problem]:
    """A limit over all requests of an address, or none."""
    if flood_requests == 0:
        return []
    return within("flood_requests", flood_requests, 10, 2_000_000_000, "requests, or 0 for no such limit", QUOTAS)


def weight_problems(chosen: Protection) -> list[Problem]:
    """A web ACL has ten rate-based rules at most, and 1,500 WCU at the base price.

    A limit by key is two rules, one for clients with a key and one for those without.
    """
    made = rules(chosen)
    rates = [rule["name"] for rule in made if "rate_based_statement" in rule["statement"]]
    if len(rates) > MOST_RATE_RULES:
        return [
            Problem(
                key="limits",
                value=", ".join(chosen.limits),
                reason=f"they make {len(rates)} rate-based rules ({', '.join(rates)}), and a web ACL has "
                f"{MOST_RATE_RULES} at most",
                remedy="take a limit out, or count some by: address, which is one rule instead of two",
                source=QUOTAS,
            )
        ]
    weighed = weights(made)
    total = sum(weighed.values())
    if total <= MOST_WCU:
        return []
    sums = " + ".join(f"{name} {weight}" for name, weight in sorted(weighed.items(), key=lambda item: -item[1]))
    return [
        Problem(
            key="groups",
            value=", ".join(name for name in GROUPS if name in chosen.groups),
            reason=f"with the limits they weigh {total:,} WCU, more than the {MOST_WCU:,} of the base price: {sums}",
            remedy="take out a group, or join paths of limits by what they start with",
            source=f"{WAF_GUIDE}/aws-waf-capacity-units.html",
        )
    ]


def protection_problems(chosen: Protection) -> list[Problem]:
    """Everything that is wrong with a web ACL as a whole and in its parts."""
    unknown = [name for name in chosen.groups if name not in GROUPS]
    if unknown:
        reason, remedy = "there is no such group", f"choose among {', '.join(GROUPS)}"
        source = f"{WAF_GUIDE}/aws-managed-rule-groups-list.html"
        return [Problem(key="groups", value=name, reason=reason, remedy=remedy, source=source) for name in unknown]
    return [
        *(problem for limit in chosen.limits.values() for problem in limit_problems(limit)),
        *flood_problems(chosen.flood_requests),
        *(problem for path in chosen.large_body_paths for problem in start_problems("large_body_paths", path)),
        *exclusion_problems(chosen),
        *weight_problems(chosen),
    ]
