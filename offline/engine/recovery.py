"""Goes on from an interrupted operation: finishes the creates that were under way, then folds the journal."""

from __future__ import annotations

from collections.abc import Callable

from .errors import EngineError, ProviderCrashError, ProviderError
from .ledger import Begun, Ledger
from .plugins import PartialFailureError
from .registry import ProviderRegistry
from .step_runner import condemn, created, gone


class Recovery:
    """A create that was begun is sent again with its recorded inputs and its recorded operation token: the cloud
    answers with the resource that it made then, or makes it now. So nothing is left behind, and nothing twice."""

    def __init__(self, ledger: Ledger, registry: ProviderRegistry, say: Callable[[str], None]) -> None:
        self._ledger = ledger
        self._registry = registry
        self._say = say

    async def finish(self) -> None:
        """Finishes every create; raises EngineError when a provider cannot be asked."""
        for begun in list(self._ledger.begun.values()):
            if begun.operation.startswith("create"):
                await self._finish_create(begun)
            else:
                await self._ledger.finish(begun)

    async def _finish_create(self, begun: Begun) -> None:
        new, replaced = begun.resource, begun.replaces
        try:
            new.id, new.outputs = await self._registry.get(new.provider).create(new, False, begun.token)
        except PartialFailureError as error:
            new.id, new.outputs, new.init_errors = error.id, error.outputs, error.reasons
            self._say(f"finished the interrupted create of {new.urn} in part: {error}")
        except ProviderCrashError as error:
            raise EngineError(f"the interrupted create of {new.urn} cannot be finished: {error}") from None
        except ProviderError as error:
            self._say(f"the interrupted create of {new.urn} had failed: {error}")
            await self._ledger.finish(begun)
            return
        else:
            self._say(f"finished the interrupted create of {new.urn}")
        created(new)
        await self._ledger.finish(begun, put=[new, *condemn(replaced)], drop=gone(replaced))
