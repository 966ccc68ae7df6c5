"""Settings, read from top to bottom; what differs between installations is an environment variable
(.env.example)."""

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf.locale.en_GB import formats as british
from django.core.exceptions import ImproperlyConfigured
from django.utils.formats import ISO_INPUT_FORMATS

from marketplace import content_policy, databases, file_storage, logs, queues
from marketplace.environment import listed, secret, switch

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("DATA_DIR", BASE_DIR / "data")).resolve()
INSECURE_KEY = "insecure-key-for-the-demo-and-tests-only"

DEMO = switch("DEMO", False)
DEMO_DESK = switch("DEMO_DESK", False)
DEBUG = switch("DEBUG", False)
PRODUCTION = switch("PRODUCTION", False)
SECRET_KEY = secret("SECRET_KEY", INSECURE_KEY)
SECRET_KEY_FALLBACKS = listed("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = listed("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver")
CSRF_TRUSTED_ORIGINS = listed("CSRF_TRUSTED_ORIGINS")
if PRODUCTION and (DEBUG or DEMO or SECRET_KEY == INSECURE_KEY or len(SECRET_KEY) < 50):
    raise ImproperlyConfigured(
        "Production needs a SECRET_KEY of its own of 50 characters or more, and neither DEBUG nor DEMO."
    )

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_filters",
    "django_htmx",
    "django_prometheus",
    "django_tables2",
    "marketplace.audit",
    "marketplace.backup",
    "marketplace.deliveries",
    "marketplace.jobs",
    "marketplace.notifications",
    "marketplace.retention",
    "marketplace.web",
    "accounts",
    "competitions",
    "qualification",
    "bidding",
    "contracts",
    "operations",
    "settlement",
    "api",
    "rehearsal",
]

MIDDLEWARE = [
    "marketplace.web.request_log.RequestIds",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "api.middleware.ApiAnswers",
    "marketplace.web.unreadable.UnreadableRequests",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "marketplace.web.headers.SafeAnswers",
    "marketplace.web.security_log.SecurityLog",
    "marketplace.web.errors.OnlyPosted",
    "accounts.sign_in.session_limits.SessionLimits",
    "accounts.middleware.MemberMiddleware",
    "accounts.middleware.ViewingMiddleware",
    "api.middleware.ApiClients",
    "marketplace.web.request_log.Whose",
    "marketplace.web.zones.ReadersZone",
    "marketplace.web.busy.FairThreads",
    "marketplace.web.busy.Waiting",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "accounts.middleware.TermsMiddleware",
    "accounts.middleware.SeenMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "marketplace.web.once.FormsOnce",
    "marketplace.web.counted.CountedByView",
]

ROOT_URLCONF = "marketplace.urls"
WSGI_APPLICATION = "marketplace.wsgi.application"
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
                "marketplace.web.context.site",
            ],
            "builtins": ["marketplace.web.templatetags.kept_urls"],
        },
    }
]

# The database, and what the broker and cache stand on. Without URLs: the embedded servers in data/.

ROLE = os.environ.get("PROCESS_ROLE")  # web: set by wsgi.py; command: by manage.py
WEB_THREADS = int(os.environ.get("WEB_THREADS", "8"))
DATABASE_URL = secret("DATABASE_URL", f"postgresql://postgres@/marketplace?host={DATA_DIR}")
if PRODUCTION and ":change-me@" in DATABASE_URL:
    raise ImproperlyConfigured(
        "DATABASE_URL still has the password of .env.example, change-me: set one of your own."
    )
# The database itself, where DATABASE_URL leads to a pooler that pools transactions. Commands don't go by the pooler.
DATABASE_DIRECT_URL = secret("DATABASE_DIRECT_URL")
if DATABASE_DIRECT_URL and ROLE == "command":
    DATABASE_URL, DATABASE_DIRECT_URL = DATABASE_DIRECT_URL, ""
# A copy that follows by streaming: public files and reports are read there while it is no further behind.
DATABASE_REPLICA_URL = secret("DATABASE_REPLICA_URL")
DATABASES = databases.described(
    DATABASE_URL, direct=DATABASE_DIRECT_URL, replica=DATABASE_REPLICA_URL, is_web=ROLE == "web"
)
if DATABASE_REPLICA_URL:
    DATABASE_ROUTERS = ["marketplace.replica.Router"]
REPLICA_MOST_BEHIND = int(os.environ.get("REPLICA_MOST_BEHIND", "10"))  # seconds
# Which of them keeps a session for what belongs to one, such as the locks of jobs.
SESSION_DATABASE = "direct" if DATABASE_DIRECT_URL else "default"
# What a rehearsal's own database is a copy of; one that is migrated already saves its migrations.
NEW_DATABASES_FROM = os.environ.get("NEW_DATABASES_FROM", "template0")
# Where pg_dump and pg_restore of the server's version lie; without it the embedded ones, which don't encrypt, then the PATH.
POSTGRES_BIN = os.environ.get("POSTGRES_BIN", "")
# When the last backup ended; monitoring reads it.
BACKUP_STAMP = os.environ.get("BACKUP_STAMP") or str(DATA_DIR / "last-backup")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = os.environ.get("REDIS_URL", f"redis+socket://{DATA_DIR}/valkey.sock")
_redis = urlsplit(REDIS_URL)
VALKEY_URL = f"unix://{_redis.path}" if _redis.scheme == "redis+socket" else REDIS_URL
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": VALKEY_URL,
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    },
    # What a process keeps to itself for seconds, since it tells of bids or would be asked for too often.
    "process": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "process",
        "OPTIONS": {"MAX_ENTRIES": 3_000},
    },
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
# Messages are acknowledged when taken up, since a late acknowledgement over a lost connection ends the whole worker
# (Celery 5.7). Nothing rests on them: whatever must not be lost is a row that a sweeper hands over again.
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 500_000
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_QUEUES = queues.queues()
CELERY_TASK_DEFAULT_QUEUE = queues.USUAL_QUEUE
CELERY_TASK_ROUTES = queues.routes()
CELERY_BEAT_SCHEDULE = queues.schedule()
# Of all organisations' uploads above 1 MB so many are worked at once; keep it below the processes that take files.
LARGE_FILES_AT_ONCE = int(os.environ.get("LARGE_FILES_AT_ONCE", "1"))
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
}
CELERY_WORKER_CONSUMER = "marketplace.consuming:PatientConsumer"
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # workers log as LOGGING says, too
CELERY_BEAT_SCHEDULER = "marketplace.beat:SteadyScheduler"

# How many days what nothing rests on is kept; 0: without end (docs/operations.md tells what each is).
RETENTION_DAYS = {
    "made_files": int(os.environ.get("KEEP_MADE_FILES_DAYS", "90")),
    "notifications": int(os.environ.get("KEEP_NOTIFICATIONS_DAYS", "730")),
    "requests": int(os.environ.get("KEEP_REQUESTS_DAYS", "30")),
    "unanswered_files": int(os.environ.get("KEEP_UNANSWERED_FILES_DAYS", "90")),
    "unapplied_files": int(os.environ.get("KEEP_UNAPPLIED_FILES_DAYS", "180")),
    "unused_files": int(os.environ.get("KEEP_UNUSED_FILES_DAYS", "30")),
    "uploads": int(os.environ.get("KEEP_UPLOADS_DAYS", "730")),
    "webhooks": int(os.environ.get("KEEP_WEBHOOKS_DAYS", "30")),
}

# Sign-in

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "accounts.sign_in.passwords.Argon2id",
    # Those of before: kept anew when their owner signs in.
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "accounts.sign_in.passwords.BreachedPasswordValidator"},
    {"NAME": "accounts.sign_in.passwords.NearWordsValidator"},
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "accounts.sign_in.adapter.AccountAdapter"
ACCOUNT_FORMS = {"signup": "accounts.forms.sign_in.SignUpForm", "login": "accounts.forms.sign_in.SignInForm"}
ACCOUNT_CHANGE_EMAIL = True  # a login has one address; a new one counts once its link was opened
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",  # also tries at one-time codes
    "signup": "20/m/ip",
    "reset_password": "20/m/ip,5/m/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
    "manage_email": "10/m/user",
    "invite": "30/h/user",
    "invitation": "20/m/ip",
}
MFA_FORMS = {
    "add_webauthn": "accounts.forms.sign_in.AddKeyForm",
    "authenticate": "accounts.forms.codes.CodeForm",
    "reauthenticate": "accounts.forms.codes.CodeAgainForm",
}
MFA_ADAPTER = "accounts.sign_in.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Flexibility marketplace"
MFA_TOTP_TOLERANCE = 1  # the code before and the one after: clocks of phones differ
MFA_PASSKEY_LOGIN_ENABLED = True
# Whoever is signed in has verified an address already; else nobody with a second factor could change theirs.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO or DEBUG  # http://localhost
USERSESSIONS_TRACK_ACTIVITY = True
# A session ends so long after signing in, and so long after its last use (docs/asvs.md says why).
SESSION_ENGINE = "marketplace.web.sessions"
SESSION_HOURS = int(os.environ.get("SESSION_HOURS", "12"))
SESSION_IDLE_MINUTES = int(os.environ.get("SESSION_IDLE_MINUTES", "60"))
SESSION_COOKIE_AGE = SESSION_HOURS * 3600
ACCOUNT_SESSION_REMEMBER = False  # the cookie goes with the browser
# In seconds: a mail that waits for its server is sent within 80 minutes or never.
PASSWORD_RESET_TIMEOUT = 3 * 3600
ADMIN_SECOND_FACTOR = switch("ADMIN_SECOND_FACTOR", PRODUCTION)
SECOND_FACTOR_FOR_ALL = switch("SECOND_FACTOR_FOR_ALL", False)
# How many proxies of your own stand before it, each adding to X-Forwarded-For. 0: the header is not believed.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TRUSTED_PROXIES", "0"))

# Mail. Links in it start with the site's own address, never with a request's host, which anybody can make up.

SITE_URL = os.environ.get("SITE_URL", f"http://localhost:{os.environ.get('PORT', '8000')}").rstrip("/")
if PRODUCTION and not SITE_URL.startswith("https://"):
    raise ImproperlyConfigured(
        "Production needs SITE_URL, the address that the site is reached by, with https://."
    )
EMAIL_BACKEND = os.environ.get(
    "EMAIL_BACKEND",
    "django.core.mail.backends.filebased.EmailBackend"
    if DEMO or DEBUG
    else "django.core.mail.backends.smtp.EmailBackend",
)
EMAIL_FILE_PATH = DATA_DIR / "mail"
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = secret("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = switch("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = switch("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 30  # seconds; a worker must not hang on a mail server
DEFAULT_FROM_EMAIL = os.environ.get(
    "DEFAULT_FROM_EMAIL", "Flexibility marketplace <no-reply@marketplace.example>"
)
SUPPORT_EMAIL = os.environ.get("SUPPORT_EMAIL", "support@marketplace.example")

# Published data. The prefix is the publisher's own, given by the Open Contracting Partnership; the default is for examples.

OCID_PREFIX = os.environ.get("OCID_PREFIX", "ocds-213czf")
if not re.fullmatch(r"ocds-[a-z0-9]{6}", OCID_PREFIX):
    raise ImproperlyConfigured(f"OCID_PREFIX is {OCID_PREFIX!r}; it must be ocds- and six letters or digits.")

# Language and time: stored in UTC, shown in the organisation's zone

LANGUAGE_CODE = "en-gb"
USE_I18N = False  # one language: nothing is looked up in a catalogue, which a page would do hundreds of times
# So dates are typed and shown by these, and not by the language's: 04/05/2026 is 4 May.
DATE_FORMAT = british.DATE_FORMAT
TIME_FORMAT = british.TIME_FORMAT
DATETIME_FORMAT = british.DATETIME_FORMAT
YEAR_MONTH_FORMAT = british.YEAR_MONTH_FORMAT
MONTH_DAY_FORMAT = british.MONTH_DAY_FORMAT
SHORT_DATE_FORMAT = british.SHORT_DATE_FORMAT
SHORT_DATETIME_FORMAT = british.SHORT_DATETIME_FORMAT
FIRST_DAY_OF_WEEK = british.FIRST_DAY_OF_WEEK
DATE_INPUT_FORMATS = [*british.DATE_INPUT_FORMATS, *ISO_INPUT_FORMATS["DATE_INPUT_FORMATS"]]
DATETIME_INPUT_FORMATS = [*british.DATETIME_INPUT_FORMATS, *ISO_INPUT_FORMATS["DATETIME_INPUT_FORMATS"]]
TIME_ZONE = "Europe/London"
USE_TZ = True
CLOCK = "marketplace.clock.database_now"  # not an environment variable: deadlines follow the database

# Files

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG or DEMO
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "marketplace.web.static_files.StaticFiles"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Stored files in object storage, when it is named; each lies in the database first and is moved by FILES_TO_S3 or by hand.
S3_BUCKET = os.environ.get("S3_BUCKET", "")
S3_ENDPOINT = os.environ.get("S3_ENDPOINT", "")
FILES_TO_S3 = switch("FILES_TO_S3", False)
if S3_BUCKET:
    STORAGES["stored_files"] = file_storage.described(S3_BUCKET, S3_ENDPOINT, is_production=PRODUCTION)
elif FILES_TO_S3:
    raise ImproperlyConfigured("FILES_TO_S3=1 needs S3_BUCKET.")
LARGEST_REQUEST = 60 * 1024 * 1024  # bytes; a file of 50 MB and what a form has beside it
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
MAP_TILE_URL = os.environ.get("MAP_TILE_URL", "")

# Security

SECURE_SSL_REDIRECT = PRODUCTION
# These are asked by machines, which would not notice that they are led on.
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# Browsers take a cookie of such a name over HTTPS only, and from this very host: no other can set or read it.
COOKIE_PREFIX = "__Host-" if PRODUCTION else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
MESSAGE_STORAGE = "marketplace.web.cookies.Messages"
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if switch("BEHIND_PROXY", False) else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "marketplace.web.errors.csrf_failure"
CONTENT_SECURITY_POLICY = content_policy.policy(tiles=MAP_TILE_URL)
# Webhooks may go to this machine itself, also without encryption: for the demo and tests.
WEBHOOK_LOOPBACK = switch("WEBHOOK_LOOPBACK", DEMO)
# Files from outside are read in a process that can open nothing and reach nobody. 1: without it, nothing starts.
SANDBOX_REQUIRED = switch("SANDBOX_REQUIRED", PRODUCTION)
# How often one visitor may ask, as times/seconds: by address, or by user once signed in.
RATE_LIMITS = {
    "public": "300/60",  # any public address, by who is not signed in; a page brings a few with it
    "receipt_check": "10/60",
    "search": "240/60",  # it searches while one types
    "program": "600/60",  # requests of one program
    "program_heavy": "20/60",  # those that cost more
    "token": "120/60",  # tokens asked for, by address
}
# What programs talk to: no cookie counts there, other methods are answered, and every refusal is a problem as JSON.
PROGRAM_PATHS = ("/api/v1/", "/openadr3/", "/picloflex")
# Of a web process's threads (gunicorn.conf.py), how many may work for visitors on what costs more than a page.
HEAVY_PUBLIC_AT_ONCE = 2
# Below so many free megabytes for uploads under way it is not ready.
DISK_FREE_MB = int(os.environ.get("DISK_FREE_MB", "100"))
# Errors and traces go nowhere unless a receiver is named here and its package is installed (extras sentry, tracing).
SENTRY_DSN = secret("SENTRY_DSN")
OTLP_ENDPOINT = os.environ.get("OTLP_ENDPOINT", "")
# A worker or beat touches this file with each sign of life, for the health check of its container.
ALIVE_FILE = os.environ.get("ALIVE_FILE", "")
METRICS_TOKEN = secret("METRICS_TOKEN")

# Logs: one JSON object a line; text for people where somebody watches

LOG_JSON = switch("LOG_JSON", not (DEBUG or DEMO))
LOGGING = logs.logging_of(os.environ.get("LOG_LEVEL", "INFO"), is_json=LOG_JSON)
