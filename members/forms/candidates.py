"""A member named in a text field: the browser suggests, the database decides.

A list to choose from would hold a whole park for its committee; a name typed works on every
phone and without scripts.
"""

from collections import Counter
from datetime import date

from django import forms
from django.utils.translation import gettext as _

from members.actions.terms import belonging
from members.models import Organization, PartyMember

MOST_SUGGESTIONS = 400
LIST_ID = "candidates"


class NameInput(forms.TextInput):
    def __init__(self):
        super().__init__({"list": LIST_ID, "autocomplete": "off"})


class Candidates:
    """Who may hold a post in an organization on a day, and what each is called."""

    def __init__(self, organization: Organization, on: date):
        rows = belonging(organization, on).order_by("organization__path", "member__pinyin")
        self.rows = rows.values_list(
            "member", "member__name", "organization__short_name", "organization__name",
            "member__born_on__year",
        )  # fmt: skip

    def suggestions(self) -> list[str]:
        """The shortest unmistakable name of each of the first some hundred."""
        named = [_names(*row[1:]) for row in self.rows[:MOST_SUGGESTIONS]]
        seen = Counter(name for names in named for name in names)
        return [next((name for name in names if seen[name] == 1), names[-1]) for names in named]

    def find(self, typed: str) -> PartyMember:
        """Raises ValidationError with what to type instead."""
        typed = typed.strip().replace("(", "（").replace(")", "）")
        rows = [(row[0], _names(*row[1:])) for row in self.rows.filter(member__name=_bare(typed))]
        found = [(pk, names) for pk, names in rows if typed in names]
        if len(found) == 1:
            return PartyMember.objects.get(pk=found[0][0])
        if rows:
            options = _("、").join(names[-1] for _pk, names in rows)
            raise forms.ValidationError(
                _("有 %(number)d 人同名，请写明是哪一位：%(options)s。")
                % {"number": len(rows), "options": options}
                if len(rows) > 1
                else _("请这样填写：%(options)s。") % {"options": options}
            )
        raise forms.ValidationError(
            _("没有找到“%(name)s”。须是本组织或其上下级党组织当天在册的党员，请核对姓名和日期。")
            % {"name": typed[:50]}
        )


def _bare(typed):
    return typed.partition("（")[0].strip()


def _names(name, short, full, born):
    """From short to unmistakable."""
    place = short or full
    names = [name, f"{name}（{place}）"]
    if born:
        names.append(_("%(name)s（%(place)s，%(year)d 年生）") % {
            "name": name, "place": place, "year": born,
        })  # fmt: skip
    return names
