import base64
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from connector import config
from connector.config import BadSettingsError, Settings, commented_toml, load
from connector.config_models import sections

KEY = base64.b64encode(bytes(range(32))).decode()
WHSEC = "whsec_" + base64.b64encode(b"k" * 24).decode()


def written(folder: Path, text: str) -> Path:
    file = folder / "settings.toml"
    file.write_text(text, encoding="utf-8")
    return file


def mistakes(path: Path | None, environ: Mapping[str, str]) -> tuple[str, ...]:
    with pytest.raises(BadSettingsError) as caught:
        load(path, environ)
    return caught.value.mistakes


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_any_source_the_defaults_hold(folder: Path) -> None:
    settings = load(None, {})
    assert settings.server.listen == "127.0.0.1:8080"
    assert settings.crm.concurrency == 16
    assert settings == Settings()


def test_environment_beats_credentials_beat_file(folder: Path) -> None:
    file = written(
        folder, f'[facebook]\nverify_token="file"\napp_secret="file"\napp_id="1"\n[crm]\nurl="{"http://h"}"'
    )
    credentials = folder / "credentials"
    credentials.mkdir()
    (credentials / "facebook_verify_token").write_text("credential\n")
    (credentials / "facebook_app_secret").write_text("credential\n")
    (credentials / "state_encryption_keys").write_text(f"{KEY}\n{'ab' * 32}\n")
    (credentials / "tls_key").write_text("somebody else's")
    environ = {"CREDENTIALS_DIRECTORY": str(credentials), "CONNECTOR_FACEBOOK__VERIFY_TOKEN": "environment"}
    settings = load(file, environ)
    assert settings.facebook.verify_token.get_secret_value() == "environment"
    assert settings.facebook.app_secret.get_secret_value() == "credential"
    assert settings.facebook.app_id == "1"
    assert settings.state.keys() == (bytes(range(32)), bytes([0xAB] * 32))


def test_all_mistakes_are_told_together_without_secret_values(folder: Path) -> None:
    file = written(
        folder,
        '[server]\npublic_url="http://connect.example.com"\nlisten="8080"\nspeed=3\n[sever]\nx=1\n'
        '[state]\nurl="mysql://hidden1"\nencryption_keys=["hidden2"]\n[crm]\nsigning_secret="hidden3"\n'
        'timeout_seconds=0\nallowed_networks=["10.0.0.1/8"]\n[facebook]\ngraph_version="26"\n',
    )
    environ = {
        "CONNECTOR_SERVER__DRAIN_SECONDS": "-1",
        "CONNECTOR_LOG_LEVEL": "info",
        "CONNECTOR_CRM__URLL": "x",
    }
    found = mistakes(file, environ)
    keys = {mistake.partition(":")[0] for mistake in found}
    assert keys == {
        "server.public_url", "server.listen", "server.speed", "server.drain_seconds", "sever", "state.url",
        "state.encryption_keys", "crm.signing_secret", "crm.timeout_seconds", "crm.allowed_networks",
        "crm.urll",
        "facebook.graph_version", "CONNECTOR_LOG_LEVEL",
    }  # fmt: skip
    assert "hidden" not in "\n".join(found)
    assert (
        "server.drain_seconds: Input should be greater than 0 (from CONNECTOR_SERVER__DRAIN_SECONDS)" in found
    )


def test_a_named_file_must_exist_and_an_unnamed_one_need_not(folder: Path) -> None:
    assert "cannot be read" in mistakes(folder / "absent.toml", {})[0]
    assert "cannot be read" in mistakes(None, {"CONNECTOR_CONFIG": "absent.toml"})[0]
    Path("connector.toml").write_text('[log]\nlevel="debug"')
    assert load(None, {}).log.level == "debug"
    other = written(folder, '[log]\nlevel="error"')
    assert load(None, {"CONNECTOR_CONFIG": str(other)}).log.level == "error"


def test_a_broken_file_shows_its_place_and_not_its_text(folder: Path) -> None:
    file = written(folder, '[crm]\nsigning_secret = "whsec_hidden\n')
    environ = {"CONNECTOR_LOG__LEVEL": "loud"}
    found = mistakes(file, environ)
    assert "line 2" in found[0]
    assert "hidden" not in "\n".join(found)
    assert any(mistake.startswith("log.level") for mistake in found), "the rest is checked all the same"


def test_credential_of_an_unknown_or_open_key_is_a_mistake(folder: Path) -> None:
    (folder / "crm_signing_secrett").write_text("x")
    (folder / "server_listen").write_text("x")
    found = mistakes(None, {"CREDENTIALS_DIRECTORY": str(folder)})
    assert [m.partition(":")[0] for m in found] == [
        "credential file crm_signing_secrett",
        "credential file server_listen",
    ]


@pytest.mark.parametrize("text", [f"{WHSEC},{WHSEC}", f'["{WHSEC}", "{WHSEC}"]', f"{WHSEC} {WHSEC}"])
def test_lists_in_the_environment(folder: Path, text: str) -> None:
    settings = load(None, {"CONNECTOR_CRM__PREVIOUS_SIGNING_SECRETS": text})
    assert [s.get_secret_value() for s in settings.crm.previous_signing_secrets] == [WHSEC, WHSEC]


def test_mail_user_and_test_variables_of_the_environment_are_not_settings(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL", "/var/mail/somebody")
    assert load(None, {"MAIL": "/var/mail/somebody", "CONNECTOR_TEST_REQUIRE": "all"}) == Settings()


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://connect.example.com/", True),
        ("http://127.0.0.1:8080", True),
        ("http://localhost:8080", True),
        ("http://[::1]:1", True),
        ("http://10.0.0.1", False),
        ("https://user@host", False),
        ("https://host/?a=1", False),
        ("https://host:99999", False),
        ("ftp://host", False),
        ("host", False),
    ],
)
def test_public_url(folder: Path, url: str, *, good: bool) -> None:
    environ = {"CONNECTOR_SERVER__PUBLIC_URL": url}
    if good:
        assert load(None, environ).server.public_url == url.rstrip("/")
    else:
        assert mistakes(None, environ)[0].startswith("server.public_url: ")


@pytest.mark.parametrize("key", ["", "short", KEY[:-8], "zz" * 32, "00" * 31, "é" * 32])
def test_an_encryption_key_of_another_length_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        config.decode_key(key)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_*", "c2VjcmV0", "whsec_é"])
def test_a_signing_secret_that_does_not_decode_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_"):
        config.decode_signing_secret(secret)


@pytest.mark.parametrize("text", ["8080", ":8080", "host:", "host:x", "host:70000", "::1:80", "[::1]"])
def test_a_listen_address_needs_host_and_port(text: str) -> None:
    with pytest.raises(ValueError, match="host:port"):
        config.host_port(text)


def test_listen_addresses() -> None:
    assert config.host_port("0.0.0.0:0") == ("0.0.0.0", 0)  # noqa: S104 - nothing listens here
    assert config.host_port("[::1]:80") == ("::1", 80)


def test_require_names_each_missing_key_and_the_way(folder: Path) -> None:
    settings = load(None, {"CONNECTOR_CRM__URL": "http://crm.example"})
    settings.require("crm.url")
    with pytest.raises(BadSettingsError) as caught:
        settings.require("crm.url", "server.public_url", "state.encryption_keys")
    public_url, keys = caught.value.mistakes
    assert "CONNECTOR_SERVER__PUBLIC_URL" in public_url
    assert "credential file state_encryption_keys" in keys


def test_nothing_secret_is_in_the_repr(folder: Path) -> None:
    settings = load(
        None, {"CONNECTOR_STATE__URL": "postgresql://u:hunter2@db/x", "CONNECTOR_CRM__SIGNING_SECRET": WHSEC}
    )
    assert "hunter2" not in repr(settings)
    assert WHSEC not in repr(settings)


def test_generated_file_names_every_key_and_loads(folder: Path) -> None:
    text = commented_toml(lambda count: bytes(range(count)))
    blocks = dict(re.findall(r"^\[(\w+)\]\n((?:[^\[\n].*\n)*)", text, flags=re.MULTILINE))
    assert set(blocks) == set(sections())
    for section, kind in sections().items():
        assert re.findall(r"^(?:#:)?(\w+) =", blocks[section], flags=re.MULTILINE) == list(kind.model_fields)
    settings = load(written(folder, text), {})
    assert settings.state.keys() == (bytes(range(32)),)
    assert settings.facebook.verify_token.get_secret_value() == bytes(range(16)).hex()
    settings.require("crm.signing_secret")


def test_generated_defaults_are_the_defaults(folder: Path) -> None:
    text = commented_toml(bytes).replace("#:", "")
    fresh = {"state": {"encryption_keys"}, "facebook": {"verify_token"}, "crm": {"signing_secret"}}
    loaded = load(written(folder, text), {})
    assert loaded.model_dump(exclude=fresh) == Settings().model_dump(exclude=fresh)


@pytest.mark.parametrize(
    ("url", "sender", "mistake"),
    [
        ("smtp://mail.example.com", "", "mail: sender must be an e-mail address when smtp_url is set"),
        ("", "nobody", "mail.sender: must be an e-mail address"),
        ("", "a@b.example\r\nBcc: c@d.example", "mail.sender: must be"),
        (
            "http://mail.example.com",
            "a@b.example",
            "mail.smtp_url: must be an address that starts with smtp://",
        ),
        ("smtp://user@mail.example.com", "a@b.example", "mail.smtp_url: must name user and password"),
        (
            "smtp://u:hid/den@mail.example.com",
            "a@b.example",
            "mail.smtp_url: must be an address with a whole",
        ),
        ("smtp://mail.example.com/?x=1", "a@b.example", "mail.smtp_url: must end after host and port"),
    ],
)
def test_mail_is_checked_before_anything_opens(url: str, sender: str, mistake: str) -> None:
    environ = {"CONNECTOR_MAIL__SMTP_URL": url, "CONNECTOR_MAIL__SENDER": sender}
    (found,) = mistakes(None, environ)
    assert found.startswith(mistake)
    assert "hid" not in found.partition("(from")[0]


def test_mail_settings_that_work(folder: Path) -> None:
    environ = {
        "CONNECTOR_MAIL__SMTP_URL": "smtps://ada%40b.example:p%2Fw@mail.example.com:465",
        "CONNECTOR_MAIL__SENDER": "Leads für alle <alerts@example.com>",
    }
    assert load(None, environ).mail.sender.endswith("<alerts@example.com>")
