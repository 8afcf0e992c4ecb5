"""What moto asks for each request is answered as before, with less work."""

from __future__ import annotations

import os
from typing import Any

from botocore.session import Session
from moto import backends
from moto.iam import models

from offline.aws.extensions import core

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
    assert Session().get_component("data_loader") is Session().get_component("data_loader")
