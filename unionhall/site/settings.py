"""All settings. Every difference between machines is an environment variable."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from unionhall.base import log_lines, patience
from unionhall.base.ledger import anchor
from unionhall.people.accounts.rules import PASSWORD_SIGNS
from unionhall.site import environment

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(environment.text("UNIONHALL_DATA", str(ROOT / "var"))).resolve()
_KEPT = environment.key_file(DATA)

# == The machine ==
DEBUG = environment.flag("UNIONHALL_DEBUG")
DEMO = environment.flag("UNIONHALL_DEMO")  # shows what the console SMS vendor "sent", and the cast
HTTPS = environment.flag("UNIONHALL_HTTPS")  # cookies, HSTS and redirects for a secure front
SECRET_KEY = environment.text("UNIONHALL_SECRET_KEY", _KEPT.get("secret_key"))
FIELD_KEYS = environment.keys("UNIONHALL_FIELD_KEYS", _KEPT, "field_keys")
INDEX_KEYS = environment.keys("UNIONHALL_INDEX_KEYS", _KEPT, "index_keys")
ALLOWED_HOSTS = environment.text("UNIONHALL_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [
    origin for origin in environment.text("UNIONHALL_ORIGINS", "").split(",") if origin
]
TEST_IDS = environment.flag("UNIONHALL_TEST_IDS")  # accept ID numbers of the test region 99

# == The floors ==
INSTALLED_APPS = [
    # base
    "unionhall.base.ledger",
    "unionhall.base.files",
    "unionhall.base.exports",
    "unionhall.base.replay",
    # people
    "unionhall.people.accounts",
    "unionhall.people.personal",
    "unionhall.people.unions",
    "unionhall.people.programs",
    "unionhall.people.webhooks",
    "unionhall.people.members",
    # kernel
    "unionhall.kernel.audience",
    "unionhall.kernel.search",
    "unionhall.kernel.notify",
    "unionhall.kernel.allotment",
    "unionhall.kernel.casework",
    # domain
    "unionhall.domain.corrections",
    "unionhall.domain.enrolment",
    "unionhall.domain.learning",
    "unionhall.domain.quiz",
    "unionhall.domain.welfare",
    "unionhall.domain.lectures",
    # site
    "unionhall.site",
    # what we stand on
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
    "treebeard",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "unionhall.site.compression.compress_static_files",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "unionhall.site.headers.content_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "unionhall.site.devices.mark_use",
    "unionhall.site.preferences.speak_her_language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "unionhall.site.second_factor.demand_second_factor",
    "unionhall.site.looking.look_at_a_part",
    "unionhall.site.refusals.RefusalMiddleware",
    "unionhall.site.wechat.open_outside",
]

ROOT_URLCONF = "unionhall.site.urls"
WSGI_APPLICATION = "unionhall.site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "unionhall/site/templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["unionhall.site.templatetags.ui"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "unionhall.site.preferences.shell",
            ],
        },
    }
]
FORM_RENDERER = "unionhall.site.forms.Renderer"

# == Data ==
DATABASES = {
    "default": environment.database(environment.text("DATABASE_URL"))
    | {"CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
}
_POOL: dict[str, object] = {
    "min_size": 2,
    "max_size": 20,
    "timeout": 3,
    "reconnect_timeout": 1,  # then whoever asks next tries again; 5 minutes meant longer and longer pauses
}
# To compile a statement takes longer than all but a few of ours take.
_UNCOMPILED = "-c jit=off"
_OPTIONS: dict[str, object] = {**patience.NETWORK, "options": _UNCOMPILED}
if environment.flag("UNIONHALL_POOL"):
    _OPTIONS |= {"pool": _POOL}
if environment.flag("UNIONHALL_WEB"):  # said by wsgi.py: pages do not wait long
    _OPTIONS |= patience.OF_A_PAGE
    _OPTIONS |= {
        "options": f"{_UNCOMPILED} {patience.OF_A_PAGE['options']}",
        "pool": _POOL | {"connection_class": patience.ImpatientConnection},
    }
DATABASES["default"]["OPTIONS"] = _OPTIONS | DATABASES["default"]["OPTIONS"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = DATA / "files"
LEDGER_ANCHOR = anchor.file_in(DATA)
FILE_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 << 20
CACHES = {
    # Shared by all processes: a limit that each process counted for itself would be no limit.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_cache",
    }
}

# == Who signs in ==
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["unionhall.people.accounts.backends.ActiveUserBackend"]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
SESSION_ENGINE = "unionhall.people.accounts.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": PASSWORD_SIGNS},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ACCOUNT_ADAPTER = "unionhall.people.accounts.adapters.AccountAdapter"
MFA_ADAPTER = "unionhall.people.accounts.adapters.SecondFactorAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_METHODS = {"phone"}
ACCOUNT_SIGNUP_FIELDS = ["phone*"]
SIGN_IN_CODES_PER_DAY = int(
    environment.text("UNIONHALL_CODES_PER_DAY", "20000")
)  # what text messages may cost
SIGN_IN_CODES_PER_ADDRESS = int(
    environment.text("UNIONHALL_CODES_PER_ADDRESS", "3000")
)  # an hour; a factory is one
SIGN_IN_WRONG_CODES_PER_ADDRESS = int(
    environment.text("UNIONHALL_WRONG_CODES_PER_ADDRESS", "300")
)  # an hour, the first guess of each code not counted: one in ten of a factory
PROXIES = int(
    environment.text("UNIONHALL_PROXIES", "0")
)  # how many of ours stand before us and add X-Forwarded-For

# == Safety ==
SECURE_SSL_REDIRECT = HTTPS
if PROXIES:  # the front speaks https for us and says so; without one, nobody is believed
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
HSTS = HTTPS and not DEMO  # a browser would keep asking for https at localhost, for a year
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HSTS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HSTS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "unionhall.site.csrf.csrf_failure"

# == Words ==
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("中文")), ("en", "English")]
LOCALE_PATHS = [ROOT / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# == What is sent along ==
STATIC_URL = "/static/"
STATIC_ROOT = None  # served from where they stand; nothing has to be collected
WHITENOISE_USE_FINDERS = True

# == Plug-ins: one name, one class ==
NOTIFY_CHANNELS = {
    "inbox": "unionhall.kernel.notify.channels.inbox.Inbox",
    "sms": "unionhall.kernel.notify.channels.sms.Sms",
}
NOTIFY_TOPICS = "unionhall.site.topics.TOPICS"
SMS_VENDOR = environment.text("UNIONHALL_SMS", "unionhall.kernel.notify.sms.console.Console")
ALIYUN_SMS = {
    "url": environment.text("UNIONHALL_ALIYUN_URL", "https://dysmsapi.aliyuncs.com"),
    "key_id": environment.text("UNIONHALL_ALIYUN_KEY_ID", ""),
    "secret": environment.text("UNIONHALL_ALIYUN_SECRET", ""),
    "sign": environment.text("UNIONHALL_ALIYUN_SIGN", ""),
}
SMS_TEMPLATES = environment.table("UNIONHALL_ALIYUN_TEMPLATES")  # topic -> what was registered
OUTBOUND_PRIVATE = environment.flag("UNIONHALL_OUTBOUND_PRIVATE")  # ask servers inside: the fakes
LOGIN_DOORS = {
    "wechat": "unionhall.people.accounts.login.wechat.WeChat",
    "city": "unionhall.people.accounts.login.city.City",
}
WECHAT = {
    "app_id": environment.text("UNIONHALL_WECHAT_APP_ID", ""),  # of the official account
    "secret": environment.text("UNIONHALL_WECHAT_SECRET", ""),
    "open_url": environment.text("UNIONHALL_WECHAT_OPEN_URL", "https://open.weixin.qq.com"),
    "api_url": environment.text("UNIONHALL_WECHAT_API_URL", "https://api.weixin.qq.com"),
}
CITY = {  # an OpenID Connect provider
    "issuer": environment.text("UNIONHALL_OIDC_ISSUER", ""),
    "client_id": environment.text("UNIONHALL_OIDC_CLIENT_ID", ""),
    "secret": environment.text("UNIONHALL_OIDC_SECRET", ""),
    "name": environment.text("UNIONHALL_OIDC_NAME", ""),
}
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""

# == What partners' systems may be told (webhooks): kinds of entries of the ledger that have a union ==
WEBHOOK_KINDS = {
    "members.member_admitted": _("有人进了名册"),
    "members.member_transferred": _("有人转了工会"),
    "members.roll_imported": _("名册导入了"),
    "unions.union_founded": _("成立了工会"),
    "unions.union_moved": _("工会换了上级"),
    "learning.lesson_published": _("课程发布了"),
    "lectures.series_published": _("讲座发布了"),
    "welfare.giveaway_opened": _("开始领券了"),
    "welfare.giveaway_closed": _("领券提前结束了"),
    "welfare.voucher_redeemed": _("券核销了"),
    "welfare.redemption_undone": _("核销撤回了"),
}

# == What operators' programs are told ==
WEB_WORKERS = int(environment.text("UNIONHALL_WORKERS", "1"))  # processes of the web server
METRICS_TOKEN = environment.text("UNIONHALL_METRICS_TOKEN", "")
METRICS_NETWORKS = environment.networks("UNIONHALL_METRICS_NETWORKS", default="127.0.0.0/8,::1")

# == What is logged ==
LOG_LEVEL = environment.text("UNIONHALL_LOG", "INFO")
LOG_FORM = environment.one_of(
    "UNIONHALL_LOG_FORM",
    log_lines.WRITERS,
    default=log_lines.PLAIN if DEBUG or DEMO else log_lines.JSON,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "unionhall.base.log_lines.LineFormatter", "form": LOG_FORM}},
    # The level stands at the handler, too: Django's own loggers have one of theirs, and do not ask the root.
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "level": LOG_LEVEL}
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "procrastinate": {"level": "WARNING"},  # the worker says itself what it did
        "django.request": {"level": "ERROR"},  # each request has its line, a 404 too
        "django.db.backends": {"level": "WARNING"},  # below it, statements with what is in them
        "httpx": {"level": "WARNING"},  # below it, whole addresses
        "httpcore": {"level": "WARNING"},
    },
}
