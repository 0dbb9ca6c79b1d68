"""Those of the portal, and an app that bends what a drill needs bent."""

from nanchuan.settings import *  # noqa: F403
from nanchuan.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "deploy.chaos"]
