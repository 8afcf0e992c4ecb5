"""What moto asks for each request is answered as before, with less work."""

from __future__ import annotations

import os
from typing import Any

import pytest
from botocore import session
from moto import backends
from moto.iam import models

from offline.aws.extensions import core


@pytest.fixture(autouse=True)
def _in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a while only: clients change the models that they share, and other tests read these."""
    for owner, name in (
        (session, "create_loader"),
        (backends, "list_of_moto_modules"),
        (models, "get_account_id_from"),
    ):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    core.install()


def test_an_access_key_is_of_its_account_and_the_question_makes_no_other_partitions() -> None:
    partitions = models.iam_backends["987654321098"]
    keys: dict[str, Any] = partitions["aws"].access_keys
    keys["ASIAKNOWN"] = object()
    assert models.get_account_id_from("ASIAKNOWN") == "987654321098"
    assert models.get_account_id_from("ASIAUNKNOWN") == "123456789012"
    assert list(partitions) == ["aws"]


def test_the_services_are_the_folders_of_motos_package() -> None:
    folder = os.path.dirname(backends.__file__)
    assert {"iam", "s3", "core"} <= set(backends.list_of_moto_modules())
    assert all(os.path.isdir(os.path.join(folder, str(name))) for name in backends.list_of_moto_modules())
    assert "__pycache__" not in set(backends.list_of_moto_modules())


def test_sessions_share_what_was_read_of_awss_models() -> None:
    assert session.Session().get_component("data_loader") is session.Session().get_component("data_loader")
