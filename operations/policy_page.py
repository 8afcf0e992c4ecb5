"""docs/policies.md, made from the rules and the levels of the environments: `python -m operations.policy_page`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from operations.changes import short_type
from operations.findings.explaining import kinds, remedies
from policies.catalog import RULES
from policies.known_after import read_known_after
from policies.levels import Setting, Settings, read_levels
from policies.rule import ResourceRule, Rule

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "policies.md"
ENVIRONMENTS = ("dev", "staging", "prod")
SHORT = {"mandatory": "M", "advisory": "a", "disabled": "-"}

INTRODUCTION = """# Policies

{count} rules on least privilege, keys and their rotation, encryption, network, backups, availability, alarms and
containers. They look at every `preview` and `up`, under Pulumi's engine and under the offline one alike, and at
exported states. They also know resources that the stacks do not use, as a fork may add its own.

This page is made from the rules by `make docs`.

## Reading findings

```
$ headroom policies list --env prod          # every rule with its level
$ headroom policies explain rds-private      # why, what it judges, how to mend, how to except
$ headroom policies check prod               # what an `up` of prod would break; changes nothing
$ headroom policies check prod --offline     # the same, without an AWS account
$ pulumi stack export --stack prod --file state.json
$ headroom policies check state.json         # what stands, without any engine; --env where the stack has another name
```

A finding names the resource, the property, what is wrong there, why it matters, the remedy in this project's settings,
and the line of the settings (or of the program) that it comes from. No finding quotes a value: secrets arrive in plain
text. `check` ends with 0 when no mandatory rule is broken, 2 when one is, and 1 when that cannot be told.

A rule has three answers. *Undetermined* means that a value is not known before something else exists, or is encrypted
in an exported state (`pulumi stack export --show-secrets` has it judged; guard that file). A rule that crashes is a
finding of its own.

### In pull requests

`--format json` and `--format sarif` write the same findings for programs, `--out` into a file. Each has a fingerprint
of rule, resource and property: without the stack's name, positions in lists and random parts of names, so that it stays
the same while the breach does. GitHub's code scanning goes by it, and shows what is new at the line of the settings:

```yaml
- run: .venv/bin/headroom policies check prod --offline --format sarif --out policies.sarif || [ $? -eq 2 ]
- uses: github/codeql-action/upload-sarif@v4
  with: {{sarif_file: policies.sarif, category: headroom-policies/prod}}
```

Anywhere else `--base` tells what is new: an earlier report (JSON or SARIF) or state, whose findings are left out and do
not count.

## Levels

`policies/<env>.json` has an entry for each rule; Pulumi reads the same file (`--policy-pack-config`).

| key | values | meaning |
|---|---|---|
| `enforcementLevel` | `mandatory`, `advisory`, `disabled` | a breach stops an `up`, is a remark, or is not looked for |
| `undetermined` | `advise` (default), `fail` | whether what cannot be told is a breach; `fail` in all of prod's |
| `exceptions` | `accept` (default), `refuse` | whether exceptions count |

{later}

## Exceptions

An entry in `policies/exceptions.yaml` excuses resources from a rule for a time. It names all five:

```yaml
exceptions:
  - rule: rds-private-subnets
    urn: urn:pulumi:staging::headroom::*SubnetGroup::reports
    reason: the reporting network is shared, and its routes are checked by its own pack
    owner: data team
    expires: 2027-01-31
```

The URN names its stack; `*` stands for anything after that. It ends within a year, and warns from 14 days before. An
entry that is malformed, expired or names no rule counts for nothing. Every report shows all of them, in any format;
`check` on a state shows what each excuses, and in SARIF that is suppressed. In prod {refusing} take none.

## Adding a rule

1. Write a function in the group's file, `policies/rules/<group>.py`: it takes plain properties (or a resource and the
   graph of all) and returns a verdict. Its name is the rule's id, its docstring the reason.

   ```python
   def queue_has_dead_letters(queue: Properties) -> Verdict:
       \"\"\"A message that nobody can handle comes back for ever, and takes the place of those that somebody can.\"\"\"
       if lookup(queue, "redrivePolicy") is UNKNOWN:
           return undetermined("redrivePolicy")
       if lookup(queue, "redrivePolicy") is MISSING:
           return fail("redrivePolicy", "is not set", "make the queue by headroom:queues")
       return PASS
   ```

2. List it in the file's `RULES`: `ResourceRule` where one resource's inputs decide, which stops it before it is made;
   `GraphRule` where others do. Types are written as `policies/tokens.py` has them, whichever of its names a program
   uses. A new group is one line in `policies/catalog.py`.
3. Give it a level in the three files.
4. Show it passing, failing, unknown and secret cases in `tests/policies/fixtures/<rule>.yaml`; they go through Pulumi's
   own protocol. A mandatory one breaks the real stacks in `tests/policies/mutations/`; one that finds nothing there to
   judge stands in `tests/policies/idle.yaml`.
5. `make docs`.

What a rule may ask: `lookup(properties, path)` gives a value, `MISSING` or `UNKNOWN`; `graph.of_type`, `graph.behind`
and `graph.referrers` find resources by type and by what refers to them, also before any id is known;
`resource.secret_paths` names what is secret.
"""

REFERENCE = """## All rules

M: mandatory, a: advisory, -: disabled; in the order dev, staging, prod.
"""


def policy_page() -> str:
    """The page as Markdown."""
    levels = {name: read_levels(ROOT / "policies" / f"{name}.json") for name in ENVIRONMENTS}
    refusing = [rule.id for rule in RULES if not levels["prod"].get(rule.id, Setting()).takes_exceptions]
    introduction = INTRODUCTION.format(
        count=len(RULES), later=_later(), refusing=", ".join(f"`{rule}`" for rule in refusing)
    )
    groups = [(title, list(rules)) for title, rules in groupby(RULES, key=_group)]
    parts = [introduction, REFERENCE]
    parts += [_table(title, rules, levels) for title, rules in groups]
    parts += ["## What each rule wants\n"]
    parts += ["\n".join(_paragraph(rule)) for _, rules in groups for rule in rules]
    return "\n".join(parts)


def _group(rule: Rule) -> str:
    """The first sentence of the file in which a rule stands, as a heading."""
    text = " ".join((sys.modules[rule.check.__module__].__doc__ or rule.check.__module__).split())
    title = text.split(". ")[0].rstrip(".").removeprefix("Rules on ")
    return f"{title[:1].upper()}{title[1:]}"


def _table(title: str, rules: Sequence[Rule], levels: Mapping[str, Settings]) -> str:
    rows = [f"| [{rule.id}](#{rule.id}) | {rule.title} | {_levels(rule, levels)} |" for rule in rules]
    return "\n".join([f"### {title}", "", "| rule | what holds | level |", "|---|---|---|", *rows, ""])


def _levels(rule: Rule, levels: Mapping[str, Settings]) -> str:
    return "".join(SHORT[settings.get(rule.id, Setting()).level] for settings in levels.values())


def _paragraph(rule: Rule) -> Iterator[str]:
    yield f"#### {rule.id}"
    yield ""
    yield f"{rule.title}. {rule.why}"
    yield ""
    judged = ", ".join(f"`{kind}`" for kind in kinds(rule))
    yield f"- Judges {judged}, {'one by one' if isinstance(rule, ResourceRule) else 'in the whole stack'}."
    yield f"- Severity {rule.severity}. Also known as: {'; '.join(rule.references)}."
    yield from (f"- Mend: {remedy}." for remedy in remedies().get(rule.id, ()))
    yield ""


def _later() -> str:
    """What cannot be known before creation."""
    entries = read_known_after().values()
    if not entries:
        return "Nothing that rules ask for is known only after creation (`policies/known_after.json` would list it)."
    head = "What only AWS can tell once it has made something fails no preview (`policies/known_after.json`):"
    rows = [f"| `{short_type(one.type)}` | `{one.property}` | {one.why} |" for one in entries]
    return "\n".join([head, "", "| resource | property | why |", "|---|---|---|", *rows])


if __name__ == "__main__":
    PAGE.write_text(policy_page(), encoding="utf-8")
