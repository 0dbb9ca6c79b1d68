from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from nanchuan.accounts.models import StaffPost
from nanchuan.kernel.prepared import prepared
from nanchuan.kernel.roles import Grant, Holding, holding_source, role_source


@role_source
def staff_posts(user, known):
    for (role,) in posts_of(user.pk, timezone.localdate()):
        yield Grant(role)


@prepared(int, date)
def posts_of(user, on) -> QuerySet:
    return StaffPost.objects.current(on).filter(user=user).order_by().values_list("role")


@holding_source
def staff_posts_in_words(users):
    posts = StaffPost.objects.current()
    if users is not None:
        posts = posts.filter(user__in=users)
    for user, role in posts.values_list("user", "role"):
        yield Holding(user, role, str(StaffPost.Role(role).label))
