"""Who signs in to which database, by the settings alone."""

from components.databases.logins import Login
from infra.settings import Settings


def logins_of(settings: Settings) -> dict[str, list[Login]]:
    """Database to its users. An existing database's are somebody else's."""
    found: dict[str, list[Login]] = {}
    for name, service in settings.services.items():
        wanted = {"": service.database, **service.tenants}
        for tenant, database in wanted.items():
            if database is not None and settings.databases[database].existing is None:
                found.setdefault(database, []).append(Login(service=name, tenant=tenant))
    return found
