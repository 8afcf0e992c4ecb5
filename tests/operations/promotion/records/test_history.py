"""The last good release is the newest that came through and was not rolled back. W2."""

from __future__ import annotations

import pytest

from operations.errors import Failure
from operations.promotion.model import Known, Origin, Release
from operations.promotion.records.history import last_good, named
from tests.operations.promotion.records.releases import known, release

ONE, TWO, THREE = (release(number, "prod") for number in (1, 2, 3))


def rollback(number: int, of: Release, to: Release) -> Release:
    origin = Origin(environment="prod", release=to.id)
    return release(number, "prod", kind="rollback", previous=of.id, settings=to.settings, source=origin)


def good(*oldest_first: Known, before: Release | None = None) -> str | None:
    found = last_good(list(reversed(oldest_first)), before.id if before else "")
    return found.release.id if found else None


def test_nothing_is_good_before_a_release_came_through() -> None:
    assert good() is None
    assert good(known(ONE, None), known(TWO, "failed")) is None


def test_the_newest_that_came_through_is_the_last_good_one() -> None:
    assert good(known(ONE), known(TWO), known(THREE, "failed")) == TWO.id


def test_before_a_release_comes_the_newest_good_one_that_is_older() -> None:
    assert good(known(ONE), known(TWO), known(THREE, None), before=THREE) == TWO.id
    assert good(known(ONE), known(TWO), known(THREE), before=TWO) == ONE.id
    assert good(known(ONE), before=ONE) is None


def test_what_was_rolled_back_is_not_good_any_more() -> None:
    back = rollback(4, TWO, ONE)
    assert good(known(ONE), known(TWO), known(back)) == back.id
    assert good(known(ONE), known(TWO), known(back), before=back) == ONE.id


def test_a_rollback_passes_over_all_between() -> None:
    back = rollback(4, THREE, ONE)
    assert good(known(ONE), known(TWO), known(THREE), known(back), before=back) == ONE.id


def test_a_rollback_to_a_release_that_is_gone_passes_over_one_only() -> None:
    back = rollback(4, THREE, release(9, "prod"))
    assert good(known(ONE), known(TWO), known(THREE), known(back), before=back) == TWO.id


def test_a_rollback_that_failed_passes_over_nothing() -> None:
    assert good(known(ONE), known(TWO), known(rollback(4, TWO, ONE), "failed")) == TWO.id


def test_a_rollback_that_was_rolled_back_passes_over_nothing() -> None:
    back = rollback(4, TWO, ONE)
    forth = rollback(5, back, TWO)
    assert good(known(ONE), known(TWO), known(back), known(forth)) == forth.id
    assert good(known(ONE), known(TWO), known(back), known(forth), before=forth) == TWO.id


IDS = [ONE.id, TWO.id, THREE.id]


def test_a_release_is_named_by_its_id_or_by_a_start_that_no_other_has() -> None:
    assert named(IDS, TWO.id, "prod") == TWO.id
    assert named(IDS, TWO.id[:14], "prod") == TWO.id
    assert named([ONE.id, f"{ONE.id}0"], ONE.id, "prod") == ONE.id


def test_a_start_that_several_have_names_none() -> None:
    with pytest.raises(Failure, match=r"3 releases of prod start with 20261121: .*120300-0000003$"):
        named(IDS, "20261121", "prod")


@pytest.mark.parametrize("wanted", ["20261121-120200-0000009", "ab12cd3", ""])
def test_for_one_that_is_not_there_the_nearest_are_named(wanted: str) -> None:
    with pytest.raises(Failure, match=f"there is no release '{wanted}' of prod.\nThe nearest are: .*{TWO.id}"):
        named(IDS, wanted, "prod")


def test_where_nothing_was_released_that_is_said() -> None:
    with pytest.raises(Failure, match=r"there is no release 'x' of prod.\nNothing was released to prod yet."):
        named([], "x", "prod")
