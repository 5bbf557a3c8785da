"""What `doctor` makes of a look at our public address from outside."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address

from connector.domain.public_look import PublicAnswer, PublicLook
from connector.pipelines.doctor import Check, failed, fine

CERTIFICATE_WARNING = timedelta(days=14)
CERTIFICATE_FAILED = timedelta(days=3)
_OK = 200
_FORBIDDEN = 403
_UNAUTHORIZED = 401
_TOO_LARGE = 413
_START = "Start the daemon, and see that the proxy passes server.public_url on to server.listen."


def check_public(look: PublicLook, *, now: datetime) -> Sequence[Check]:
    """Judge name, certificate, challenge and bodies; what depends on a failed one is left out."""
    checks = [_name(look)]
    if not look.addresses:
        return checks
    if look.is_tls:
        checks.append(_certificate(look, now))
    if look.challenged is None:
        return checks
    checks.append(_challenge(look, look.challenged))
    if checks[-1].state != "ok":
        return checks
    if look.refused is not None:
        checks.append(_refused(look.refused))
    if look.posted is not None and look.posted_large is not None:
        checks.append(_bodies(look.posted, look.posted_large))
    return checks


def _name(look: PublicLook) -> Check:
    name = "public address name"
    if not look.addresses:
        return failed(
            name, f"{look.host} is not found in DNS", "Make its DNS record, or mend server.public_url."
        )
    hidden = [one for one in look.addresses if not ip_address(one.partition("%")[0]).is_global]
    if hidden and look.is_tls:
        return Check(
            name=name,
            state="warning",
            detail=f"{look.host} leads to {', '.join(hidden)} here, which nobody outside reaches",
            remedy="See that the public DNS has a public address; this machine may be answered otherwise.",
        )
    return fine(name, f"{look.host} leads to {', '.join(look.addresses)}")


def _certificate(look: PublicLook, now: datetime) -> Check:
    name = "public address certificate"
    if look.certificate_ends is None:
        remedy = "Have a certificate that the public trusts, with its whole chain: Meta refuses any other."
        return failed(name, look.certificate_trouble, remedy)
    left = look.certificate_ends - now
    detail = f"valid until {look.certificate_ends:%Y-%m-%d %H:%M} UTC"
    if left > CERTIFICATE_WARNING:
        return fine(name, detail)
    remedy = "Renew it, and see why that did not happen by itself; reload the proxy."
    return Check(
        name=name, state="failed" if left <= CERTIFICATE_FAILED else "warning", detail=detail, remedy=remedy
    )


def _challenge(look: PublicLook, answer: PublicAnswer) -> Check:
    name = "public address challenge"
    if answer.status is None:
        return failed(name, f"no answer ({answer.trouble})", _START)
    if answer.status == _FORBIDDEN:
        remedy = "Restart the daemon if facebook.verify_token was changed; else see who answers there."
        return failed(name, "the verify token of the settings is refused (403)", remedy)
    if answer.status != _OK:
        return failed(name, f"HTTP {answer.status} instead of 200", _START)
    if answer.body != look.echo.encode():
        remedy = "See who answers there: a login page, a cache or another program."
        return failed(name, "200, but the challenge does not come back unchanged", remedy)
    return fine(name, "answered as Meta asks it (asked from this machine, through the public address)")


def _refused(answer: PublicAnswer) -> Check:
    name = "public address guard"
    if answer.status == _FORBIDDEN:
        return fine(name, "a wrong verify token is refused")
    remedy = "See who answers there: a cache in front of the daemon must not keep /webhooks."
    return failed(name, f"a wrong verify token is answered {answer.status or answer.trouble}", remedy)


def _bodies(small: PublicAnswer, large: PublicAnswer) -> Check:
    name = "public address bodies"
    if small.status == _UNAUTHORIZED:
        remedy = "Have the proxy pass bodies on byte for byte, or restart the daemon if the app secret was changed."
        return failed(name, "a signed body does not arrive as it was sent (401)", remedy)
    if small.status != _OK:
        return failed(name, f"a signed body is answered {small.status or small.trouble}", _START)
    if large.status == _TOO_LARGE:
        remedy = (
            "Raise the proxy's limit (nginx: client_max_body_size 5m): Meta sends up to 1000 changes at once."
        )
        return failed(name, "the proxy refuses a body of 3 MiB (413)", remedy)
    if large.status != _OK:
        remedy = "See the proxy's limits of size and time."
        return failed(name, f"a body of 3 MiB is answered {large.status or large.trouble}", remedy)
    return fine(name, "arrive byte for byte, up to 3 MiB")
