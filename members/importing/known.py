"""The people that a roster speaks of and the portal knows already, asked for once."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import islice

from members.importing.lines import Line
from members.models import Membership, Organization, PartyMember
from nanchuan.kernel.fields import blind_index

CHUNK = 900


class Known:
    """People by ID number, by name and date of birth, and by name and organization.

    Of people whom the user may not edit only the ID number is known, and that they exist.
    Many have a common name: their numbers are opened only if a line may mean them.
    """

    def __init__(self, lines: Iterable[Line], user=None):
        self.people = PartyMember.objects.all()
        self.own = self.people if user is None else self.people.editable_by(user)
        numbers = {line.facts["id_number"] for line in lines if line.facts.get("id_number")}
        self.hashes = {number: blind_index(number) for number in numbers}
        self.by_number: dict[str, PartyMember] = {}
        self.by_birth: dict[tuple, list[PartyMember]] = defaultdict(list)
        self.by_place: dict[tuple, list[PartyMember]] = defaultdict(list)
        self.elsewhere: set[str] = set()
        found = self._of_numbers()
        found |= self._load(self._namesakes(lines) - found.keys())
        self.memberships = self._memberships(found)
        for person in found.values():
            self._add(person)

    def _of_numbers(self) -> dict[int, PartyMember]:
        found = {}
        for chunk in chunked(self.hashes.values()):
            known = set(self.people.filter(id_index__in=chunk).values_list("pk", "id_index"))
            own = {row.pk: row for row in self.own.filter(pk__in=[pk for pk, _hash in known])}
            self.elsewhere |= {hashed for pk, hashed in known if pk not in own}
            found |= own
        return found

    def _namesakes(self, lines) -> set[int]:
        """Who bears a name and was born on the day, or belongs where, a line says."""
        meant = {(line.facts.get("name"), birth_of(line)) for line in lines}
        meant |= {
            (line.facts.get("name"), line.organization.pk) for line in lines if line.organization
        }
        names = {name for name, _other in meant if name}
        keys = set()
        for chunk in chunked(names):
            rows = self.own.filter(name__in=chunk)
            for pk, name, born_on in rows.values_list("pk", "name", "born_on"):
                if born_on and (name, born_on) in meant:
                    keys.add(pk)
            there = Membership.objects.filter(ends_on=None, member__in=rows.order_by().values("pk"))
            for pk, name, place in there.values_list("member", "member__name", "organization"):
                if (name, place) in meant:
                    keys.add(pk)
        return keys

    def _load(self, keys) -> dict[int, PartyMember]:
        return {
            person.pk: person
            for chunk in chunked(keys)
            for person in self.people.filter(pk__in=chunk)
        }

    @staticmethod
    def _memberships(keys) -> dict[int, Membership]:
        """The open one of each person; it says where the person belongs."""
        places = Organization.objects.in_bulk()
        found = {
            row.member_id: row
            for chunk in chunked(keys)
            for row in Membership.objects.filter(member__in=chunk, ends_on=None)
        }
        for row in found.values():
            row.organization = places[row.organization_id]
        return found

    def _add(self, person):
        if person.id_index:
            self.by_number[person.id_index] = person
        self.by_birth[person.name, person.born_on].append(person)
        if now := self.memberships.get(person.pk):
            self.by_place[person.name, now.organization_id].append(person)

    def there(self, line: Line) -> list[PartyMember]:
        """People of the line's name in the line's organization."""
        place = line.organization.pk if line.organization else None
        return self.by_place[line.facts.get("name"), place] if place else []


def birth_of(line: Line):
    return line.facts.get("born_on") or line.derived.get("born_on")


def chunked(values: Iterable) -> Iterable[list]:
    """Portions that any database takes in one statement."""
    rest = iter(values)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
