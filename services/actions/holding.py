from django.utils.translation import gettext as _

from nanchuan.kernel.states import StepRefused
from services.models import Need


def hold(need: Need) -> None:
    """Lock a need that keeps its status; refuse when somebody moved it first."""
    if not Need.objects.filter(pk=need.pk, status=need.status).update(status=need.status):
        raise StepRefused(_("“%(name)s”刚被别人更新，请刷新后再试。") % {"name": need.public_name})
