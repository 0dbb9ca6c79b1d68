from django.db.models import F

from nanchuan.accounts.models import StaffPost
from nanchuan.kernel.roles import Holding, holding_source, places_held, role_source


@role_source
def staff_posts(user, on):
    yield places_held(F("role"), StaffPost.objects.current(on).filter(user=user))


@holding_source
def staff_posts_in_words(users):
    posts = StaffPost.objects.current()
    if users is not None:
        posts = posts.filter(user__in=users)
    for user, role in posts.values_list("user", "role"):
        yield Holding(user, role, str(StaffPost.Role(role).label))
