"""Settings of what watches an environment: dashboards and saved queries, and who hears of alarms."""

from pydantic import Field

from components.alarms.runbooks import RUNBOOKS as PAGES
from infra.settings.patterns import RUNBOOKS, SLACK_CHANNEL, SLACK_TEAM, Email, WebHook
from infra.settings.section import Section


class Observability(Section):
    """What people look at."""

    dashboards: bool = Field(
        default=True,
        description="Whether there is a dashboard of the environment and one of each service; AWS gives three for "
        "free.",
    )
    saved_queries: bool = Field(
        default=True, description="Whether queries over each service's logs are saved: errors, slowest requests, ..."
    )


class Slack(Section):
    """A workspace that was authorized once in the console of Amazon Q Developer in chat applications."""

    team_id: str = Field(pattern=SLACK_TEAM, description="Id of the workspace.")
    warn_channel_id: str = Field(pattern=SLACK_CHANNEL, description="Id of the channel for what can wait.")
    page_channel_id: str | None = Field(
        default=None,
        pattern=SLACK_CHANNEL,
        description="Id of the channel for what can't wait; that for what can by default.",
    )


class Alarms(Section):
    """Who hears of what goes wrong."""

    warn_emails: tuple[Email, ...] = Field(default=(), description="Addresses for what can wait for working hours.")
    page_emails: tuple[Email, ...] = Field(
        default=(),
        description="Addresses for what can't wait; without any address or web hook for it, the warned get it.",
    )
    warn_https: tuple[WebHook, ...] = Field(
        default=(), description="Web hooks for what can wait, which confirm by themselves."
    )
    page_https: tuple[WebHook, ...] = Field(
        default=(),
        description="Web hooks for what can't wait, such as PagerDuty's, which confirm by themselves. Who knows one "
        "can page you, and read nothing.",
    )
    slack: Slack | None = Field(default=None, description="Slack channels for both; absent: none.")
    runbooks_url: str = Field(
        default=PAGES,
        pattern=RUNBOOKS,
        description="Where the runbooks are that each alarm links: a URL, or a path in this repository.",
    )
