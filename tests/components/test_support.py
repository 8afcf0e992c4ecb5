"""One file knows until when AWS supports what, and it knows all that can be chosen."""

import json
from datetime import date
from itertools import chain

import pytest

from components.caches.constraints import FAMILIES as CACHES
from components.caches.constraints import SERVERLESS_VERSIONS
from components.databases.aurora_versions import FAMILIES as AURORA
from components.databases.engines import ENGINES
from components.eks.constraints import VERSIONS
from components.support import FACTS, in_standard_support, looked_at, support_ends

CHOICES = [
    *((engine, version) for engine, facts in ENGINES.items() for version in facts.oldest),
    *((engine, version) for engine, versions in AURORA.items() for version in versions),
    *((engine, version.partition(".")[0]) for engine, versions in CACHES.items() for version in versions),
    *((engine, version) for engine, versions in SERVERLESS_VERSIONS.items() for version in versions),
    *(("kubernetes", version) for version in VERSIONS),
]


@pytest.mark.parametrize(("engine", "version"), sorted(set(CHOICES)))
def test_the_end_of_every_version_that_can_be_chosen_is_known(engine, version):
    assert version in support_ends(engine)


@pytest.mark.parametrize(("engine", "version"), sorted(set(CHOICES)))
def test_what_can_be_chosen_is_in_standard_support_but_for_mysql_8_0(engine, version):
    assert (version in in_standard_support(engine)) == ((engine, version) != ("mysql", "8.0"))


def test_what_can_be_chosen_depends_on_the_day_of_the_facts_and_not_on_todays():
    ends = support_ends("kubernetes")
    assert in_standard_support("kubernetes") == tuple(v for v, end in ends.items() if end is None or end >= looked_at())


def test_versions_stand_in_order_with_a_source_for_each_engine():
    engines = json.loads(FACTS.read_text())["engines"]
    for engine, facts in engines.items():
        assert facts["source"].startswith("https://docs.aws.amazon.com/"), engine
        numbers = [tuple(int(part) for part in version.split(".")) for version in facts["until"]]
        assert numbers == sorted(numbers), engine
    ends = chain.from_iterable(support_ends(engine).values() for engine in engines)
    assert all(end is None or end > date(2020, 1, 1) for end in ends)
