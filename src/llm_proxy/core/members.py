"""A value together with the name it goes by: ``{"password": "hunter2"}`` is told by its key."""

from typing import NamedTuple

from llm_proxy.core.fields import names_a_secret
from llm_proxy.core.watch import Sighting, Watch


class MemberView(NamedTuple):
    """A member as JSON would write it."""

    text: str
    start: int  # of the value
    end: int

    def sightings(self, watch: Watch, index: int = 0) -> list[Sighting]:
        """Return what is found in the value because of its key; ``index`` is the value's among the texts asked about.

        What is found in the value alone is told by the value.
        """
        return [
            self.within(sighting, index)
            for sighting in watch.find([self.text])
            if all(self.start <= start and end <= self.end for start, end in sighting.spans)
        ]

    def within(self, sighting: Sighting, index: int) -> Sighting:
        """Return a sighting of the view as one of the value."""
        spans = tuple((start - self.start, end - self.start) for start, end in sighting.spans)
        return sighting._replace(text=index, view="joined", spans=spans)


def member_view(key: str, value: str) -> MemberView | None:
    """Return the view of a member whose key tells something, None for the others and for values of many words."""
    if not value or not names_a_secret(key):
        return None
    head = f'"{key}": "'
    return MemberView(f'{head}{value}"', len(head), len(head) + len(value))
