"""`python -m benchmarks`: measure, print a line as each command ends, then the table."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
from collections.abc import Iterator, Sequence

from benchmarks import endurance, policies, pull_request
from benchmarks.measure import CommandFailedError
from benchmarks.report import LEGEND, Row, growth, table
from benchmarks.run import first_use, measure_stack
from benchmarks.scenarios import QUICK, Scenario, scenarios

PREVIEWS = 3
"""How often a preview is run by default; the fastest counts, as it changes nothing and others use the machine, too."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 1 if a command failed."""
    choices = {scenario.title: scenario for scenario in scenarios()}
    options = _options(choices, arguments)
    chosen = [choices[title] for title in options.only or (QUICK if options.quick else choices)]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that an emulated AWS never outlives its benchmark
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, {platform.machine()}\n", flush=True)
    if options.ups:
        rounds = list(endurance.rounds(options.ups))
        print(f"{endurance.table(rounds)}\n\n{endurance.verdict(rounds)}")
        return 0
    if options.policies:
        found = list(policies.costs())
        print(f"{policies.table(found)}\n\n{policies.verdict(found)}")
        return 0 if all(cost.kept for cost in found) else 1
    if options.report:
        print("\n".join(pull_request.told(pull_request.measured(), pull_request.rendered())))
        return 0
    rows: list[Row] = []
    failure = ""
    try:
        for row in _all(chosen, options):
            rows.append(row)
            print(f"{row.scenario.title}: {row.command} took {row.measured.seconds:.1f} s", flush=True)
    except CommandFailedError as error:
        failure = str(error)
    if rows:
        print(f"\n{table(rows)}\n{LEGEND}\n" + "\n".join(growth(rows)))
    if failure:
        print(failure, file=sys.stderr)
    return 1 if failure else 0


def _options(titles: Sequence[str] | dict[str, Scenario], arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", metavar="STACK", choices=titles, help=f"of {', '.join(titles)}")
    parser.add_argument("--quick", action="store_true", help=f"previews, once each, of {', '.join(QUICK)}")
    parser.add_argument("--preview-only", action="store_true", help="bring nothing up")
    parser.add_argument("--previews", type=int, default=PREVIEWS, help=f"runs of each preview (default {PREVIEWS})")
    parser.add_argument("--ups", type=int, metavar="N", help="instead, bring one stack up N times and show the memory")
    parser.add_argument("--policies", action="store_true", help="instead, time and memory of the policy pack alone")
    parser.add_argument("--report", action="store_true", help="instead, the report of a pull request and its formats")
    return parser.parse_args(arguments)


def _all(chosen: Sequence[Scenario], options: argparse.Namespace) -> Iterator[Row]:
    bring_up = not (options.preview_only or options.quick)
    if bring_up and not options.only:
        yield first_use()
    for scenario in chosen:
        yield from measure_stack(scenario, bring_up=bring_up, previews=1 if options.quick else options.previews)


if __name__ == "__main__":
    sys.exit(main())
