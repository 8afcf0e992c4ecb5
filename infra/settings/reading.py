"""Reads the settings of a stack: the only reader of Pulumi config.

Reading is offline. Everything that is wrong is reported at once, as one `SettingsError` whose text has a line per
mistake: stack file, key, value, and what is allowed.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

import pulumi
import yaml
from pulumi.runtime import config as pulumi_config
from pydantic import ValidationError

from infra.settings.checks import find
from infra.settings.checks_promotion import own_findings
from infra.settings.model import Settings
from infra.settings.patterns import WORDS
from infra.settings.problems import decode, describe, render, to_config

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML has it: eight times as fast."""


class SettingsError(Exception):
    """Everything that is wrong with a stack's settings, a line each; holds no secret value."""


def read() -> Settings:
    """The settings of the stack that runs. Raises SettingsError."""
    config = {**pulumi_config.get_config_env(), **pulumi_config.CONFIG.get()}
    secret = {*pulumi_config.get_config_secret_keys_env(), *filter(pulumi_config.is_config_secret, config)}
    return load(config, secret, f"Pulumi.{pulumi.get_stack()}.yaml")


def read_file(path: Path) -> Settings:
    """The settings that a stack file holds, for tools that run without an engine. Raises SettingsError."""
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise SettingsError(f"{path.name} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path.name} can't be read: it is not UTF-8 text") from None
    try:
        content = yaml.load(text, LOADER)
        config, secret = to_config(content.get("config") if isinstance(content, dict) else None)
    except Exception:  # PyYAML lets anything through: `!!bool x` is a KeyError, `!!timestamp x` an AttributeError.
        raise SettingsError(f"{path.name} can't be read: it is not valid YAML") from None
    return load(config, secret, path.name)


def load(config: Mapping[str, str], secret_keys: Collection[str], file: str) -> Settings:
    """Settings from config as the engine passes it: full keys, and text, which is JSON where the value is no string.

    `file` is the stack file that mistakes are reported in. Raises SettingsError.
    """
    values, findings = decode(config, secret_keys, Settings)
    settings = None
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        findings += describe(error, Settings, WORDS, unread=[finding.path for finding in findings])
    findings += find(values, [finding.path for finding in findings], Settings)
    promotion = values.get("promotion")
    findings += own_findings(promotion if isinstance(promotion, dict) else {}, file)
    if findings or settings is None:
        raise SettingsError(render(findings, file))
    return settings
