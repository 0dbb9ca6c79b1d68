from nanchuan.settings import *  # noqa: F403
from nanchuan.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.notices.drill_app"]

QUIET_HOURS = ""  # what is measured at night leaves at night
