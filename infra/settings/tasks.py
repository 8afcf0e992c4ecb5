"""Settings of the tasks that `up` runs itself."""

from pydantic import Field

from infra.settings.section import Section


class Tasks(Section):
    """What runs once, inside the network, while `up` waits."""

    postgres_image: str = Field(
        default="public.ecr.aws/docker/library/postgres:17-alpine",
        description="Image for arm64 with a shell and psql 14 or newer, which makes users and databases in PostgreSQL. "
        "A digest may be added to its tag.",
    )
    mysql_image: str = Field(
        default="public.ecr.aws/docker/library/mysql:8.4",
        description="Image for arm64 with a shell and MySQL's client, which makes users and databases in MySQL.",
    )
