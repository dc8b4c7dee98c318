"""What the web server calls. It loads this before it forks (gunicorn --preload), so that workers share what is here."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moviesite.settings")
application = get_wsgi_application()
import_module(settings.ROOT_URLCONF)  # and every view with it, else each worker would at its first request
gc.collect()
gc.freeze()  # no collection writes to what is here, which would make a copy for each worker
