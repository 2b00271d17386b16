from __future__ import annotations

from hashlib import sha256
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from unionhall.base.encryption import (
    BlindIndexField,
    EncryptedTextField,
    blind_index,
    blind_indexes,
)
from unionhall.people.accounts import rules

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase

SESSION_SALT = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
IDENTITY = "identity"
PHONE = "phone"  # the purpose of every blind index of a whole phone number


class UserManager(BaseUserManager["User"]):
    """Finds logins by phone, through the blind index."""

    def with_phone(self, phone: str) -> models.QuerySet[User]:
        """The login of this 11-digit number, if there is one."""
        return self.filter(phone_index__in=blind_indexes(phone, purpose=PHONE))

    def create_user(self, phone: str, *, name: str = "", **fields: object) -> User:
        """A login; called by ``actions`` and by tests only."""
        user = self.model(
            phone=phone, phone_index=blind_index(phone, purpose=PHONE), name=name, **fields
        )
        user.set_unusable_password()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in. A person on the roll is a ``members.Member``, not a login."""

    class TextSize(models.TextChoices):
        NORMAL = "", _("标准版")
        ELDER = "elder", _("关怀版")

    class Theme(models.TextChoices):
        SYSTEM = "", _("跟随手机")
        LIGHT = "light", _("浅色")
        DARK = "dark", _("深色")

    name = models.CharField(_("姓名"), max_length=80, blank=True)
    phone = EncryptedTextField(_("手机号"))
    phone_index = BlindIndexField(max_length=40, unique=True, of="phone", purpose=PHONE)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(_("运维人员"), default=False)
    text_size = models.CharField(max_length=8, choices=TextSize, blank=True, default="")
    theme = models.CharField(max_length=8, choices=Theme, blank=True, default="")
    language = models.CharField(max_length=10, blank=True, default="")
    more_time = models.BooleanField(_("答题要更多时间"), default=False)
    session_round = models.PositiveIntegerField(
        default=0, db_default=0
    )  # one more at each "sign out everywhere"
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "phone_index"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "accounts_user"
        indexes = [
            # The few who run the house, among all who ever signed in.
            models.Index(fields=["id"], condition=models.Q(is_staff=True), name="accounts_staff"),
        ]
        verbose_name = _("登录账号")

    def __str__(self) -> str:
        return self.name or f"#{self.pk}"

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        """To what her sessions are bound: to her password as Django binds them, and to the round."""
        bound_to = f"{self.password}:{self.session_round}" if self.session_round else self.password
        return salted_hmac(SESSION_SALT, bound_to, secret=secret, algorithm="sha256").hexdigest()


class Session(AbstractBaseSession):
    """A browser's session, and whose: a device in her list. ``sessions.SessionStore`` writes it.

    A session is worth something only while its row stands, so to end one is to delete it.
    """

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions")
    device = models.CharField(max_length=40, blank=True)  # ``rules.device_of``
    place = models.CharField(max_length=45, blank=True)  # ``rules.place_of``
    began_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)  # to the hour; null until it is seen under this house

    class Meta:
        db_table = "accounts_session"

    def __str__(self) -> str:
        return f"user {self.user_id}"

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """Who opens it."""
        store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
        return store

    @property
    def mark(self) -> str:
        """Its name in addresses: of the key that opens it, one learns nothing by it."""
        return sha256(f"mark:{self.session_key}".encode()).hexdigest()[:20]


class SignInCode(models.Model):
    """A one-time code for one phone and one browser: the browser's session names this row.

    Guesses are counted here, by conditional UPDATE. Rows are forgotten after some days.
    """

    phone = EncryptedTextField()
    phone_index = BlindIndexField(max_length=40, of="phone", purpose=PHONE)
    code_hash = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    guesses_left = models.PositiveSmallIntegerField(default=rules.GUESSES)
    used_at = models.DateTimeField(null=True)
    asked_from = models.CharField(max_length=64, blank=True)  # keyed hash of the address

    class Meta:
        db_table = "accounts_sign_in_code"
        indexes = [
            models.Index(fields=["phone_index", "-sent_at"], name="sign_in_code_of_phone"),
            models.Index(fields=["sent_at"], name="sign_in_code_sent"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(guesses_left__gte=0), name="sign_in_code_guesses"
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__lte=models.F("sent_at") + rules.CODE_LIVES),
                name="sign_in_code_lives_5_minutes",
            ),
            models.CheckConstraint(
                condition=models.Q(used_at=None) | models.Q(used_at__lte=models.F("expires_at")),
                name="sign_in_code_used_in_time",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class Identity(models.Model):
    """Whom a login is elsewhere: WeChat's unionid, the ``sub`` of a city's issuer. Never a name, never a phone.

    One login for one identity, one identity of an issuer for one login: whoever comes is always the same person.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="identities")
    door = models.CharField(max_length=16)
    issuer = models.CharField(max_length=200)
    subject = EncryptedTextField()
    subject_index = BlindIndexField(max_length=40, of="subject", purpose=IDENTITY)
    other_id = EncryptedTextField(null=True)  # WeChat's openid, for messages
    shown_as = models.CharField(max_length=80, blank=True)
    bound_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "accounts_identity"
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "subject_index"], name="one_login_of_an_identity"
            ),
            models.UniqueConstraint(fields=["user", "issuer"], name="one_identity_of_an_issuer"),
        ]

    def __str__(self) -> str:
        return f"{self.door} of user {self.user_id}"


class Arrival(models.Model):
    """Somebody came back from somebody else's page; the state that she took along is good for one row.

    Whom the issuer named waits here, sealed, until she has proved a phone or agreed; rows are forgotten after a day.
    """

    door = models.CharField(max_length=16)
    state_hash = models.CharField(max_length=64, unique=True)
    who = EncryptedTextField(null=True)  # ``login.Outsider``
    came_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "accounts_arrival"
        indexes = [models.Index(fields=["came_at"], name="arrival_came")]

    def __str__(self) -> str:
        return f"{self.door} #{self.pk}"


class Tally(models.Model):
    """How often something was done in a window of time; the key names both."""

    key = models.CharField(primary_key=True, max_length=120)
    count = models.PositiveIntegerField()
    forget_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "accounts_tally"

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"


class SecondFactorGuard(models.Model):
    """What may still be tried against a second factor, and the last step of the clock used.

    The keys themselves are allauth's ``Authenticator`` rows.
    """

    user = models.OneToOneField(
        User, models.CASCADE, primary_key=True, related_name="second_factor_guard"
    )
    last_step = models.BigIntegerField(
        default=0
    )  # a code is good once: its step must be a later one (RFC 6238 §5.2)
    tries_left = models.PositiveSmallIntegerField(default=rules.SECOND_FACTOR_TRIES)
    refills_at = models.DateTimeField(null=True)  # since the first wrong one

    class Meta:
        db_table = "accounts_second_factor_guard"

    def __str__(self) -> str:
        return f"user {self.user_id}"


class Consent(models.Model):
    """A separate consent (PIPL art. 14, 29), with the version of the text that was read."""

    class Kind(models.TextChoices):
        PRIVACY = "privacy", _("隐私说明")
        ROLL = "roll", _("与会员名册核对身份")
        SMS = "sms", _("用短信提醒我")
        WINNERS = "winners", _("在获奖名单里公示（隐去部分姓名）")

    user = models.ForeignKey(User, models.CASCADE, related_name="consents")
    kind = models.CharField(max_length=16, choices=Kind)
    version = models.CharField(max_length=20)
    given_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "accounts_consent"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind"],
                condition=models.Q(withdrawn_at=None),
                name="one_live_consent_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


class CacheEntry(models.Model):
    """The table of Django's database cache.

    A model, so that the application's role needs no rights over the schema.
    """

    cache_key = models.CharField(primary_key=True, max_length=255)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "accounts_cache"

    def __str__(self) -> str:
        return self.cache_key
