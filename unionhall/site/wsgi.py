import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unionhall.site.settings")
os.environ["UNIONHALL_WEB"] = "1"  # the settings make who serves pages impatient
django.setup(set_prefix=False)

from unionhall.site.request_log import RequestLog, Whole  # noqa: E402 — after Django is set up
from unionhall.site.short_way import with_short_way  # noqa: E402
from unionhall.site.turns import stand_before  # noqa: E402

application = RequestLog(stand_before(with_short_way(Whole())))
