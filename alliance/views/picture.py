from django.views.generic import TemplateView

from alliance import picture
from alliance.models import Group, Seat, Turn
from alliance.views.groups import AsOfMixin, by_kind, cards


class AlliancePicture(AsOfMixin, TemplateView):
    """Groups, units, lead units and turns of a day on one sheet, and the same as a table."""

    template_name = "alliance/alliance_picture.html"

    def get_context_data(self, **kwargs):
        user, on = self.request.user, self.on
        groups = Group.objects.visible_to(user).current(on).order_by("order", "pk")
        seats = Seat.objects.visible_to(user).current(on).with_lead(on).select_related("unit")
        seats = list(seats.order_by("order", "pk"))
        turns = Turn.objects.visible_to(user).coming(on).select_related("seat__unit")
        found = cards(groups, seats, turns, on)
        for card in found:
            card["leads"] = [seat for seat in card["seats"] if seat.leads]
        wide = by_kind(seat for seat in seats if seat.group_id is None)
        drawn = picture.draw(found, wide)
        return super().get_context_data(picture=drawn, cards=found, wide=wide, **kwargs)
