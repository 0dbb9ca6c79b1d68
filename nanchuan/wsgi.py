import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nanchuan.settings")

application = get_wsgi_application()
# All pages are loaded now, not with the first request, and what is loaded stays: with a page of a
# thousand cells Python would look through all of it again for something to throw away.
import_module(settings.ROOT_URLCONF)
gc.freeze()
