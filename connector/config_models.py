"""The settings as frozen models: every key with its unit and default. `connector.config` loads them."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from connector.config_checks import (
    database,
    decode_key,
    decode_signing_secret,
    each,
    host_port,
    mailbox,
    plain,
    public_address,
    sealed,
    smtp,
    web_address,
)
from connector.domain.errors import ConnectorError

RUN_NEEDS = (
    "server.public_url",
    "state.encryption_keys",
    "facebook.app_id",
    "facebook.app_secret",
    "facebook.verify_token",
    "crm.url",
    "crm.signing_secret",
)
"""What the daemon cannot work without; a command that only touches state needs less."""


class BadSettingsError(ConnectorError):
    """The settings cannot be used. `mistakes` holds every one, each naming its key, none holding a secret."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        super().__init__("\n".join((f"the settings have {count}:", *(f"  {m}" for m in mistakes))))
        self.mistakes = mistakes


Secrets = tuple[SecretStr, ...]
NO_SECRET = SecretStr("")
Url = Annotated[str, plain(web_address)]
Listen = Annotated[str, AfterValidator(lambda text: (host_port(text), text)[1])]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(gt=0)]
Days = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Section(BaseModel):
    """What all sections share: frozen, unknown keys are mistakes, values stay out of error texts."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Server(Section):
    """Where the daemon listens and how it is reached."""

    public_url: Annotated[str, plain(public_address)] = Field(
        default="", description="what Meta, Google and browsers call, for example https://connect.example.com"
    )
    listen: Listen = Field(
        default="127.0.0.1:8080", description="host:port; ignored when systemd passes a socket"
    )
    ops_listen: Listen = Field(
        default="127.0.0.1:9090", description="host:port of /livez /readyz /metrics, never public"
    )
    drain_seconds: Seconds = Field(default=25.0, description="seconds that unfinished work gets at a stop")


class State(Section):
    """Where the durable state lives and what seals it."""

    url: Annotated[SecretStr, AfterValidator(database)] = Field(
        default=SecretStr("sqlite:////var/lib/connector/state.db"),
        description="sqlite:///path (four slashes if absolute) or postgresql://…; may hold a password",
    )
    encryption_keys: Annotated[Secrets, AfterValidator(each(decode_key))] = Field(
        default=(), description="32 bytes each, base64 or hex; the first seals, all open"
    )

    backup_dir: str = Field(
        default="",
        description="folder of the copies; empty = backups beside the SQLite file, none on PostgreSQL",
    )
    backup_hours: Annotated[float, Field(ge=0, allow_inf_nan=False)] = Field(
        default=24.0, description="hours between two copies; 0 = none by itself"
    )
    backups_kept: Count = Field(default=7, description="copies kept; older ones are deleted")

    def keys(self) -> tuple[bytes, ...]:
        """Return the encryption keys as bytes, the sealing one first."""
        return tuple(decode_key(key.get_secret_value()) for key in self.encryption_keys)


class Intake(Section):
    """Limits of the public webhook endpoint."""

    header_timeout_seconds: Seconds = Field(
        default=10.0, description="seconds a caller has to send its headers"
    )
    body_timeout_seconds: Seconds = Field(default=20.0, description="seconds a caller has to send its body")
    bad_signatures_per_minute: Count = Field(
        default=10,
        description="refused signatures within a minute that raise the alert webhook.bad_signatures",
    )


class Facebook(Section):
    """The app at Meta and the addresses of its interfaces."""

    app_id: str = Field(default="", description="from the app's dashboard at Meta", pattern=r"^\d*$")
    app_secret: SecretStr = Field(default=NO_SECRET, description="from the app's dashboard at Meta")
    previous_app_secrets: Secrets = Field(
        default=(), description="still accepted on webhooks after a rotation"
    )
    verify_token: SecretStr = Field(
        default=NO_SECRET, description="the word Meta repeats when it checks the webhook"
    )
    graph_version: str = Field(
        default="v26.0", description="version of the Graph API", pattern=r"^v\d+\.\d+$"
    )
    login_config_id: str = Field(default="", description="Facebook Login for Business; empty = scopes")
    graph_url: Url = Field(default="https://graph.facebook.com", description="base address of the Graph API")
    dialog_url: Url = Field(
        default="https://www.facebook.com", description="base address of the consent dialog"
    )
    reconcile_minutes: Seconds = Field(
        default=15.0, description="minutes between two reads of every live form"
    )
    connect_timeout_seconds: Seconds = Field(default=5.0, description="seconds to reach the Graph API")
    read_timeout_seconds: Seconds = Field(default=15.0, description="seconds to wait for its answer")
    fetchers: Count = Field(
        default=4, description="threads that call the Graph API; more than 20 gain nothing"
    )


class Google(Section):
    """The OAuth client at Google and the addresses of its interfaces."""

    client_id: str = Field(default="", description="of the OAuth client; empty = no Google")
    client_secret: SecretStr = Field(default=NO_SECRET, description="of the OAuth client")
    auth_url: Url = Field(default="https://accounts.google.com/o/oauth2/v2/auth", description="consent page")
    token_url: Url = Field(default="https://oauth2.googleapis.com/token", description="token endpoint")
    revoke_url: Url = Field(default="https://oauth2.googleapis.com/revoke", description="revocation endpoint")
    userinfo_url: Url = Field(
        default="https://openidconnect.googleapis.com/v1/userinfo", description="who consented"
    )
    drive_url: Url = Field(default="https://www.googleapis.com/", description="base address of the Drive API")
    risc_config_url: Url = Field(
        default="https://accounts.google.com/.well-known/risc-configuration",
        description="where Google publishes how it signs security events",
    )


class Backup(Section):
    """Backups of call logs to Google Drive; their schedules are kept in the state."""

    spool_dir: str = Field(
        default="",
        description="folder where files lie until they are in Drive; empty = spool beside the SQLite file,"
        " else /var/lib/connector/spool",
    )
    identities: Secrets = Field(
        default=(), description="AGE-SECRET-KEY-1…, with which drills and restores open sealed backups"
    )


class Crm(Section):
    """The CRM backend that receives the events."""

    url: Url = Field(
        default="", description="where events are posted, for example https://crm.example.com/connector"
    )
    signing_secret: Annotated[SecretStr, sealed(decode_signing_secret)] = Field(
        default=NO_SECRET, description="whsec_ and base64; the CRM verifies with the same"
    )
    previous_signing_secrets: Annotated[Secrets, AfterValidator(each(decode_signing_secret))] = Field(
        default=(), description="sign too, until the CRM has changed over"
    )
    timeout_seconds: Seconds = Field(default=15.0, description="seconds for one delivery, answer included")
    concurrency: Count = Field(default=16, description="deliveries in flight at once")
    allowed_networks: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(), description='private networks the CRM may live in, for example ["10.1.0.0/16"]'
    )


class Mail(Section):
    """Outgoing mail."""

    smtp_url: Annotated[SecretStr, sealed(smtp)] = Field(
        default=NO_SECRET,
        description="smtp://user:pass@host:587 or smtps://…:465, user and password %-encoded; empty = no mail",
    )
    sender: Annotated[str, plain(mailbox)] = Field(
        default="", description="the From address, for example Leads <alerts@example.com>"
    )

    @model_validator(mode="after")
    def _sender_given(self) -> "Mail":
        if self.smtp_url.get_secret_value() and not self.sender:
            raise ValueError("sender must be an e-mail address when smtp_url is set")
        return self


class Dashboard(Section):
    """Signing in to the dashboard."""

    session_hours: Seconds = Field(default=168.0, description="hours after which one signs in again")
    idle_hours: Seconds = Field(default=24.0, description="hours without a request after which one does too")
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(IPv4Network("127.0.0.0/8"), IPv6Network("::1/128")),
        description="proxies whose X-Forwarded-For tells where a person signs in from",
    )


class Alerts(Section):
    """How the outside learns that the daemon itself is silent."""

    heartbeat_url: Url = Field(
        default="", description="address pinged while all is well; empty = none", repr=False
    )
    heartbeat_seconds: Seconds = Field(default=60.0, description="between two of these pings")


class Retention(Section):
    """How long records are kept that nothing waits for. Leads, contacts and their events are kept for good."""

    attempts_days: Days = Field(
        default=90.0, description="days that attempts of settled deliveries are kept; 0 = for good"
    )
    quarantine_days: Days = Field(
        default=100.0, description="days after what Meta signed and was no lead was last seen; 0 = for good"
    )
    news_days: Days = Field(
        default=180.0,
        description="days that delivered events without a contact are kept (alerts, accounts, pings); 0 = for good",
    )
    proof_days: Days = Field(
        default=400.0, description="days that daily proofs, copies and test leads are on record; 0 = for good"
    )


class Log(Section):
    """What is logged and how it looks."""

    format: Literal["auto", "json", "console"] = Field(
        default="auto", description="auto | json | console; auto = console on a terminal"
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="debug | info | warning | error"
    )


class Settings(BaseSettings):
    """All settings. Made by `connector.config.load`; a test may also call it with section models."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    server: Server = Server()
    state: State = State()
    intake: Intake = Intake()
    facebook: Facebook = Facebook()
    google: Google = Google()
    backup: Backup = Backup()
    crm: Crm = Crm()
    mail: Mail = Mail()
    dashboard: Dashboard = Dashboard()
    alerts: Alerts = Alerts()
    retention: Retention = Retention()
    log: Log = Log()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read nothing by itself: without this a mail user's $MAIL would be taken for a section."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    def require(self, *keys: str) -> None:
        """Raise BadSettingsError naming every one of `keys` (`section.key`) not set, and how to set it."""
        missing = tuple(f"{key}: not set; {_ways(key)}" for key in keys if not self._is_set(key))
        if missing:
            raise BadSettingsError(missing)

    def _is_set(self, key: str) -> bool:
        section, _, name = key.partition(".")
        value = getattr(getattr(self, section), name)
        return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)


def sections() -> dict[str, type[Section]]:
    """Return section name → its model, in the order of the file."""
    kinds = ((name, field.annotation) for name, field in Settings.model_fields.items())
    return {name: kind for name, kind in kinds if isinstance(kind, type) and issubclass(kind, Section)}


def is_secret(section: str, key: str) -> bool:
    """Tell whether the key holds a secret; a key that does not exist holds none."""
    kind = sections().get(section)
    field = kind.model_fields.get(key) if kind else None
    return field is not None and field.annotation in {SecretStr, Secrets}


def variable(section: str, key: str) -> str:
    """Return the environment variable of a key."""
    return f"CONNECTOR_{section}__{key}".upper()


def _ways(key: str) -> str:
    section, _, name = key.partition(".")
    ways = f"set {name} under [{section}] in the settings file or {variable(section, name)}"
    if is_secret(section, name):
        return f"{ways}, or give the credential file {section}_{name}"
    return ways
