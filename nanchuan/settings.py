"""One file: safe defaults for one machine, every deployment choice read from the environment.

`var/keys.env` holds the keys of a portal that was given none; it is made at the first start.
Names and meanings of all variables: deploy/env.example.
"""

import os
import secrets
from pathlib import Path

import environ
from celery.schedules import crontab
from cryptography.fernet import Fernet
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.getenv("VAR_DIR", BASE_DIR / "var"))

env = environ.Env()


def make_keys(path: Path) -> None:
    """Write fresh keys once, readable by the owner only; of two starters one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = (
        f"SECRET_KEY={secrets.token_urlsafe(48)}\n"
        f"FIELD_KEYS={Fernet.generate_key().decode()}\n"
        f"FIELD_HASH_KEY={secrets.token_urlsafe(32)}\n"
    )
    part = path.with_suffix(f".{os.getpid()}")
    part.touch(mode=0o600)
    part.write_text(text, encoding="ascii")
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()


if not all(name in os.environ for name in ("SECRET_KEY", "FIELD_KEYS", "FIELD_HASH_KEY")):
    keys = VAR_DIR / "keys.env"
    if not keys.exists():
        make_keys(keys)
    env.read_env(keys)

# Keys
SECRET_KEY = env("SECRET_KEY")
FIELD_KEYS = env.list("FIELD_KEYS")  # the first writes, every one reads
FIELD_HASH_KEY = env("FIELD_HASH_KEY")

# Where it is reached
DEBUG = env.bool("DEBUG", default=False)
HTTPS = env.bool("HTTPS", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
SITE_URL = env("SITE_URL", default=f"http://127.0.0.1:{env('PORT', default='8000')}").rstrip("/")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PARK_NAME = env("PARK_NAME", default="南川工业园区")  # data
# How many proxies of ours stand before the portal; decides which address a visitor is counted by.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

INSTALLED_APPS = [
    "nanchuan.kernel.apps.KernelConfig",
    "nanchuan.accounts",
    "nanchuan.notices",
    "members",
    "alliance",
    "services",
    "nanchuan.circulars",
    "nanchuan.portal",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "auditlog",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
    "django_htmx",
    "treebeard",
    "whitenoise.runserver_nostatic",
    "nanchuan.kernel.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "nanchuan.kernel.middleware.PolicyMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "nanchuan.accounts.middleware.SessionLimitMiddleware",
    "nanchuan.accounts.middleware.NewPasswordMiddleware",
    "nanchuan.accounts.middleware.SecondFactorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "auditlog.middleware.AuditlogMiddleware",
]

ROOT_URLCONF = "nanchuan.urls"
WSGI_APPLICATION = "nanchuan.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "nanchuan.portal.context.frame",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "nanchuan.kernel.templatetags.words",
            ],
        },
    },
]

# Data
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR}/nanchuan.sqlite3")}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Off behind a pooler that gives one server connection to several clients.
PREPARE_STATEMENTS = env.bool("PREPARE_STATEMENTS", default=True)
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Readers never wait for the writer, and writers queue instead of failing.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;"
            "PRAGMA journal_size_limit=27103364;PRAGMA cache_size=-20000;"
        ),
    }
    # A file, as in use: in memory, connections lock each other out at once.
    DATABASES["default"]["TEST"] = {"NAME": f"{VAR_DIR}/test.sqlite3"}
elif PREPARE_STATEMENTS:
    # To compile a statement takes PostgreSQL longer than to answer any of ours. A pooler may not
    # hand this on: then it is `ALTER DATABASE … SET jit = off`.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c jit=off")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env("REDIS_URL", default="")
# Shared by all processes, so that a limit on wrong passwords counts them together.
IN_DATABASE = {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
CACHES = {"default": IN_DATABASE}
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "nanchuan.kernel.caches.FallingBackCache",
            "LOCATION": REDIS_URL,
            # A Redis that hangs holds no page for long.
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
        },
        "spare": IN_DATABASE,
    }

# Uploads
MEDIA_ROOT = VAR_DIR / "media"  # outside the web root: served by views that check who asks
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=15 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# Forms with a line for each person, sent without a script: an activity of 3,000 people, an
# appraisal of 999 with a grade and a comment each.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000
FILE_UPLOAD_HANDLERS = [
    "nanchuan.kernel.uploads.QuotaHandler",  # a file over the limit is dropped while it arrives
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_PERMISSIONS = 0o600

# Imports: how long what was uploaded waits for a decision, and how long it can be taken back
IMPORT_STAGED_HOURS = env.int("IMPORT_STAGED_HOURS", default=72)
IMPORT_UNDO_DAYS = env.int("IMPORT_UNDO_DAYS", default=30)

# Who may come in
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["nanchuan.accounts.backends.AccountBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ACCOUNT_ADAPTER = "nanchuan.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{PARK_NAME}] "
ACCOUNT_FORMS = {"change_password": "nanchuan.accounts.forms.passwords.ChangePasswordForm"}
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",  # a whole office may stand behind one address
    # Wrong passwords and codes: by address, and by account and browser or address.
    "login_failed": "50/15m/ip,5/15m/key",
    "login_unknown_browser": "30/15m/key",
    "reset_password": "20/h/ip,5/h/key",
    "redeem_slip": "20/15m/ip",
    "read_feed": "60/h/key",  # a calendar on a phone or two
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MFA_ADAPTER = "nanchuan.accounts.adapter.FactorAdapter"
MFA_TOTP_ISSUER = PARK_NAME
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off
MFA_REQUIRED_ROLES = env.list("MFA_REQUIRED_ROLES", default=[])
PASSWORD_RESET_TIMEOUT = 2 * 3600
# Numbers in full: for one person, for a file.
REVEALS_PER_HOUR = env.int("REVEALS_PER_HOUR", default=30)
REVEAL_FILES_PER_HOUR = env.int("REVEAL_FILES_PER_HOUR", default=5)
REVEAL_MOST_ROWS = env.int("REVEAL_MOST_ROWS", default=2000)
SLIP_HOURS = env.int("SLIP_HOURS", default=72)
# Never in Redis: one that comes back from a fault still holds the sessions that ended meanwhile.
SESSION_ENGINE = "nanchuan.accounts.sessions"
SESSION_COOKIE_AGE = env.int("SESSION_HOURS", default=12) * 3600
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", default=30)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# Days that a phone may stay signed in, for those without a view of the whole park.
REMEMBER_DAYS = env.int("REMEMBER_DAYS", default=0)
ACCOUNT_SESSION_REMEMBER = None if REMEMBER_DAYS else False  # None: the form asks
ACCOUNT_SESSION_COOKIE_AGE = REMEMBER_DAYS * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
if HTTPS:
    SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    if TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],  # Bootstrap's icons and the QR code of a second factor
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# What people read
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static", ("vendor", VAR_DIR / "vendor")]
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if (STATIC_ROOT / "staticfiles.json").exists()  # after collectstatic
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# Mail: into files until the park names its server
EMAIL_CONFIG = env.email("EMAIL_URL", default="filemail:///")
vars().update(EMAIL_CONFIG)
EMAIL_DEPLOYED_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"]
EMAIL_BACKEND = "nanchuan.notices.senders.email.backend"  # an administrator may name a server
EMAIL_FILE_PATH = VAR_DIR / "mail"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="portal@localhost")
# When mails and messages wait for the morning, of whoever chose no hours; empty: never.
QUIET_HOURS = env("QUIET_HOURS", default="21:30-07:30")

# Other servers that notices leave to, see nanchuan/notices/senders/outbound.py
OUTBOUND_HOSTS = env.list("OUTBOUND_HOSTS", default=[])
OUTBOUND_NETWORKS = env.list("OUTBOUND_NETWORKS", default=[])
OUTBOUND_PLAIN_HTTP = env.bool("OUTBOUND_PLAIN_HTTP", default=False)
OUTBOUND_CA_FILE = env("OUTBOUND_CA_FILE", default="")

# Whoever reads /metrics says it as a bearer; empty: there is no such page
METRICS_TOKEN = env("METRICS_TOKEN", default="")

# Who changed which field (auditlog); what people did stands in kernel events
AUDITLOG_INCLUDE_ALL_MODELS = False
AUDITLOG_DISABLE_REMOTE_ADDR = True

# Work outside requests: rows are the queue, the broker is only the doorbell
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
if REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 600,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "health_check_interval": 5,
        # No socket_timeout: tasks that a frozen Redis did not let a worker acknowledge would
        # fill its prefetch, and it would take no other.
        "socket_keepalive": True,
        "global_keyprefix": env("REDIS_PREFIX", default="nanchuan:"),
    }
    CELERY_WORKER_PREFETCH_MULTIPLIER = 1
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR_DIR / "broker" / "messages"),
        "data_folder_out": str(VAR_DIR / "broker" / "messages"),
        "control_folder": str(VAR_DIR / "broker" / "control"),
        "polling_interval": 0.5,
    }
    for folder in ("messages", "control"):
        (VAR_DIR / "broker" / folder).mkdir(parents=True, exist_ok=True)
    CELERY_WORKER_PREFETCH_MULTIPLIER = 4
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "nanchuan.notices.tasks.send_mail": {"queue": "mail"},
    "nanchuan.notices.tasks.send_*": {"queue": "robot"},  # the first that fits
    "members.tasks.work_on_imports": {"queue": "heavy"},
    "services.tasks.build_matching": {"queue": "heavy"},
}
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = {
    "tick": {
        "task": "nanchuan.notices.tasks.tick",
        "schedule": env.float("TICK_SECONDS", default=10),
        "options": {"expires": 30},
    },
    "expire-transfers": {
        "task": "members.tasks.expire_transfers",
        "schedule": crontab(minute=7),
        "options": {"expires": 1800},
    },
    "keep-duties": {
        "task": "members.tasks.keep_duties",
        "schedule": crontab(hour="8,14", minute=40),
        "options": {"expires": 1800},
    },
    "keep-checkup": {
        "task": "members.tasks.keep_checkup",
        "schedule": crontab(hour=0, minute=10),
        "options": {"expires": 1800},
    },
    "keep-dues": {
        "task": "members.tasks.keep_dues",
        "schedule": crontab(minute=17),
        "options": {"expires": 1800},
    },
    "keep-rota": {
        "task": "alliance.tasks.keep_rota",
        "schedule": crontab(minute=3),
        "options": {"expires": 1800},
    },
    "tidy": {"task": "nanchuan.kernel.tasks.tidy", "schedule": crontab(hour=3, minute=30)},
    "imports": {
        "task": "members.tasks.work_on_imports",
        "schedule": env.float("TICK_SECONDS", default=10),
        "options": {"expires": 30},
    },
    "matching": {
        "task": "services.tasks.build_matching",
        "schedule": env.float("TICK_SECONDS", default=10),
        "options": {"expires": 30},
    },
    "keep-orders": {
        "task": "services.tasks.keep_orders",
        "schedule": env.float("TICK_SECONDS", default=10),
        "options": {"expires": 30},
    },
    **{
        name: {
            "task": f"nanchuan.notices.tasks.{name}",
            "schedule": env.float("TICK_SECONDS", default=10),
            "options": {"expires": 30},
        }
        for name in ("send_mail", "send_wecom", "send_sms", "send_posts")
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "without_secrets": {"()": "nanchuan.kernel.logs.WithoutSecrets"},
        "denial_in_one_line": {"()": "nanchuan.kernel.logs.DenialInOneLine"},
    },
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["without_secrets"],
        }
    },
    # One way out for all: Django's own handlers would write past the filter.
    "loggers": {
        "django": {"handlers": []},
        "django.request": {"filters": ["denial_in_one_line"]},
        "django.server": {"handlers": [], "propagate": True},
    },
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
}
