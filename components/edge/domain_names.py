"""Host names of an environment, and what a certificate for them holds."""

from collections.abc import Iterable, Sequence

from components.constraints import Problem

ACM_GUIDE = "docs.aws.amazon.com/acm/latest/userguide"
MOST_NAMES = 10
"""Names that a certificate may hold, unless AWS raises the quota."""
APEX = "@"
"""What stands for the domain itself among hosts, as in zone files."""
AMAZON_ISSUERS = ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com")
"""Names by which a CAA record admits Amazon; one would do, ACM documents all four (setup-caa.html)."""


def host_name(domain: str, host: str) -> str:
    """`api` of `example.com` is `api.example.com`, and `@` the domain itself."""
    return domain if host == APEX else f"{host}.{domain}"


def certificate_names(domain: str, hosts: Iterable[str]) -> tuple[str, ...]:
    """The domain, everything one level below it, and what lies deeper by its own name.

    The wildcard lets hosts come and go without a new certificate. It covers one level only.
    """
    deeper = {host_name(domain, host) for host in hosts if "." in host}
    return (domain, f"*.{domain}", *sorted(deeper))


def validated_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names that need a validation record of their own: a wildcard's is that of the name it hangs below."""
    return tuple(dict.fromkeys(name.removeprefix("*.") for name in names))


def certificate_problems(domain: str, hosts: Sequence[str]) -> list[Problem]:
    """A certificate holds ten names, of which the first has 64 characters at most."""
    names = certificate_names(domain, hosts)
    if len(names) > MOST_NAMES:
        return [
            Problem(
                key="name",
                value=domain,
                reason=f"with it, its wildcard and what lies deeper ({', '.join(names[2:])}) a certificate would hold "
                f"{len(names)} names, and AWS takes {MOST_NAMES}",
                remedy="take hosts with one label, such as orders-eu: the wildcard covers them all",
                source=f"{ACM_GUIDE}/acm-limits.html",
            )
        ]
    if len(domain) > 64:
        return [
            Problem(
                key="name",
                value=domain,
                reason=f"it has {len(domain)} characters, and the first name of a certificate at most 64",
                remedy="choose a shorter one",
                source=f"{ACM_GUIDE}/acm-certificate-characteristics.html",
            )
        ]
    return []
