import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unionhall.site.settings")
os.environ["UNIONHALL_WEB"] = "1"  # the settings make who serves pages impatient
_whole = get_wsgi_application()  # sets Django up

from unionhall.site.short_way import with_short_way  # noqa: E402 — after Django is set up
from unionhall.site.turns import Turns  # noqa: E402

application = Turns(with_short_way(_whole))
