"""How a file sets packs: its ``[packs.NAME]`` tables, as the states that they mean."""

from collections.abc import Mapping

from pydantic import ValidationError

from llm_proxy.errors import BadRequest, NotFound
from llm_proxy.packs import PACKS, ids_of
from llm_proxy.records import PackState
from llm_proxy.web.admin.packs import PackUpdate
from llm_proxy.web.admin.refusals import told


def states_of(tables: object) -> list[PackState]:
    """Return how a file's tables set packs; raises BadRequest, naming the pack and what is wrong."""
    if not isinstance(tables, Mapping):
        raise BadRequest("write each pack as a [packs.NAME] table.")
    states = []
    for pack, table in tables.items():
        if pack not in PACKS:
            raise BadRequest(f"there is no pack {pack!r}. There are: {', '.join(PACKS)}.")
        try:
            states.append(_state(pack, table))
        except (BadRequest, NotFound) as exc:
            raise BadRequest(f"the pack {pack!r} is not set well. {exc.message}") from exc
    return states


def _state(pack: str, table: object) -> PackState:
    """Read how a pack is set: one that the file names is on, unless it says otherwise."""
    try:
        said = PackUpdate.model_validate(table).given
    except ValidationError as exc:
        raise told(dict(exc.errors()[0]), depth=0) from exc
    directions = said.get("directions")
    return PackState(
        pack,
        enabled=said.get("enabled", True),
        mode=said.get("mode"),
        directions=None if directions is None else tuple(directions),
        disabled_rules=ids_of(pack, said.get("disabled_rules", ())),
    )
