"""What schemathesis does for this project: who asks, ids that exist, and what may not be destroyed."""

import atexit
import hashlib
import json
import os
import re
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import requests
import schemathesis
from bodies import working
from people import From, Person, Signature
from schemathesis.specs.openapi import checks

_run = json.loads(Path(os.environ["FUZZ_RUN"]).read_text())
_person = Person(**_run["person"])
# Whoever has guessed too often gets 429 before anybody looks at their credentials: as good a refusal as 401.
checks.AUTH_REJECTION_STATUSES = frozenset(checks.AUTH_REJECTION_STATUSES) | {429}
# Ids that exist, by what they are.
_known: dict[str, list[str]] = _run["known"]
# Ids that the harness lives by: what would end them goes to `_spare` of the same kind.
_kept: dict[str, list[str]] = _run["kept"]
_spare: dict[str, str] = _run["spare"]

# What ends the session it is sent with, or all of the person's.
_ENDS_SESSION = {
    ("DELETE", "/v1/session"),
    ("DELETE", "/v1/shop/session"),
    ("DELETE", "/v1/me/sessions"),
    ("DELETE", "/v1/me/sessions/{id}"),
    ("PUT", "/v1/me/password"),
    ("DELETE", "/v1/staff/{id}/sessions"),
    ("POST", "/v1/session"),
    ("POST", "/v1/session/second-factor"),
}
# Operations that destroy, and the parameter whose thing they destroy.
_DESTROYS = {
    ("POST", "/v1/nodes/{node}/fence"): ("node", "node"),
    ("POST", "/v1/nodes/{node}/replacement"): ("node", "node"),
    ("PUT", "/v1/staff/{staff}"): ("staff", "staff"),
    ("PUT", "/v1/staff/{staff}/activity"): ("staff", "staff"),
    ("PUT", "/v1/staff/{staff}/pin"): ("staff", "staff"),
    ("DELETE", "/v1/staff/{staff}/grants/{grant}"): ("staff", "staff"),
    ("PUT", "/v1/staff/{staff}/grants/{grant}"): ("staff", "staff"),
    ("DELETE", "/v1/staff/{id}/sessions"): ("id", "staff"),
    ("DELETE", "/v1/staff/{id}/totp"): ("id", "staff"),
    ("PUT", "/v1/roles/{role}"): ("role", "role"),
    ("DELETE", "/v1/tokens/{id}"): ("id", "token"),
    ("POST", "/v1/shifts/{id}/close"): ("id", "shift"),
}
# What `{id}` is, by the beginning of the path; the longest that fits counts.
_IDS = {
    "/v1/orders": "order",
    "/v1/staff": "staff",
    "/v1/tokens": "token",
    "/v1/identity-providers": "provider",
    "/v1/invitations": "invitation",
    "/v1/jobs": "job",
    "/v1/sales": "sale",
    "/v1/purchases": "purchase",
    "/v1/shifts": "shift",
    "/v1/locations/{location}/sales": "sale",
    "/v1/locations/{location}/purchases": "purchase",
    "/v1/locations/{location}/stock-cases": "case",
}


def _key(method: str, path: str) -> tuple[str, str]:
    return method.upper(), path


# --- Ids that exist --------------------------------------------------------------------------------


def _number(value: Any) -> int:
    return int.from_bytes(hashlib.sha256(repr(value).encode()).digest()[:6], "big")


def _kind(name: str, path: str) -> str | None:
    name = name.removesuffix("_id").removesuffix("_ids")
    if name != "id":
        return {"default_role": "role", "location": "location"}.get(name, name)
    fitting = [prefix for prefix in _IDS if path.startswith(prefix)]
    return _IDS[max(fitting, key=len)] if fitting else None


def _is_id(value: Any) -> bool:
    try:
        uuid.UUID(value)
    except (ValueError, AttributeError, TypeError):
        return False
    return True


def _real(name: str, value: Any, path: str) -> Any:
    """Three of four generated ids become ones that exist. Which, their own value decides: a failure stays one while
    schemathesis makes it smaller."""
    if name == "epoch" and isinstance(value, int) and _number(value) % 2:
        return 1
    known = _known.get(_kind(name, path) or "", [])
    if _person.node and name == "node":
        known = [_person.node["node"]]
    number = _number(value)
    if not known or not _is_id(value) or number % 4 == 0:
        return value
    return known[number // 4 % len(known)]


def _deep(value: Any, name: str, path: str, depth: int = 0) -> Any:
    if depth > 8:
        return value
    if isinstance(value, dict):
        return {key: _deep(one, str(key), path, depth + 1) for key, one in value.items()}
    if isinstance(value, list):
        return [_deep(one, name, path, depth + 1) for one in value]
    return _real(name, value, path)


def _flat(context: Any, values: Any) -> Any:
    if not isinstance(values, dict):
        return values
    path = context.operation.path
    # What is recorded at a till gets a new id each time, and seldom one that stands for something already.
    is_new = _person.side == "edge" and context.operation.method.upper() == "PUT"
    values = {
        name: value if is_new and name == "id" and _number(value) % 8 else _real(name, value, path)
        for name, value in values.items()
    }
    if path == "/v1/barcodes/{code}" and _number(values) % 2:
        codes = _known.get("code", ["0"])
        values["code"] = codes[_number(values) % len(codes)]
    # A document is found by its day too.
    dates = _run["dates"]
    if values.get("business_date") and values.get("id") in dates:
        values["business_date"], values["location"] = dates[values["id"]]
    return values


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: Any) -> Any:
    return _flat(context, path_parameters)


@schemathesis.hook
def map_query(context: Any, query: Any) -> Any:
    return _flat(context, query)


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    return _deep(body, "", context.operation.path)


# --- Who asks --------------------------------------------------------------------------------------

_cookies: dict[str, str] = {}
_stale = True
_entries = 0
# Tokens that were ours: a request generated before a sign-in carries an older one.
_ours: set[str] = set()


def _signed_in() -> dict[str, str]:
    global _cookies, _stale, _entries
    if _stale:
        _cookies, _stale = _person.enter(), False
        _entries += 1
        _ours.update(_cookies.values())
    return _cookies


_plain = requests.Session.get_adapter


def _from_own_address(session: requests.Session, url: str) -> Any:
    adapter = _plain(session, url)
    if type(adapter) is not From:
        session.mount("http://", From(_person.address))
        adapter = _plain(session, url)
    return adapter


requests.Session.get_adapter = _from_own_address  # type: ignore[method-assign]


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    """The document names cookies as they are behind HTTPS, and a shop's ends with its node."""
    schemes = raw_schema.get("components", {}).get("securitySchemes", {})
    names = {name.split("_")[1]: name for name in _signed_in()}
    for scheme in schemes.values():
        if scheme.get("in") == "cookie":
            kind = "shop" if "shop" in scheme["name"] else "edge" if "edge" in scheme["name"] else "office"
            scheme["name"] = names.get(kind, f"branchline_{kind}")


class _Shown:
    """Cookies, or the key as a bearer."""

    def get(self, case: Any, context: Any) -> Any:
        return {"bearer": _person.bearer} if _person.bearer else _signed_in()

    def set(self, case: Any, data: Any, context: Any) -> None:
        if _person.bearer:
            case.headers["Authorization"] = f"Bearer {_person.bearer}"
        else:
            case.cookies.update(data)


if _person.node:
    schemathesis.auth.set_from_requests(Signature(**_person.node))
elif _person.name != "anonymous":
    schemathesis.auth(refresh_interval=None)(_Shown)


# --- What may not be destroyed ---------------------------------------------------------------------


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    key = _key(case.method, case.operation.path)
    if key in _DESTROYS:
        name, kind = _DESTROYS[key]
        if str((case.path_parameters or {}).get(name)) in _kept.get(kind, []):
            case.path_parameters[name] = _spare.get(kind, str(uuid.UUID(int=0)))
    _mend_body(case, key)
    if _person.side == "edge":
        case.body = _spared(case.body, key == ("POST", "/v1/session"))
    for name, value in list(case.cookies.items() if isinstance(case.cookies, dict) else []):
        if value in _ours:
            case.cookies[name] = _signed_in().get(name, value)


def _spared(value: Any, is_sign_in: bool) -> Any:
    """Guesses at a PIN lock the person, and at a sign-in the register too: they are somebody else's."""
    own = (_person.sign_in or {}).get("body", {})
    if isinstance(value, list):
        return [_spared(one, is_sign_in) for one in value]
    if not isinstance(value, dict):
        return value
    spared = {name: _spared(one, is_sign_in) for name, one in value.items()}
    for name, kind in (("staff_id", "staff"), ("register_id", "register")):
        is_own = name in spared and spared[name] == own.get(name)
        if is_own and (is_sign_in or kind == "staff"):
            spared[name] = _spare[kind]
    return spared


def _mend_body(case: Any, key: tuple[str, str]) -> None:
    """Half of what should be taken gets a body that works, but for one field."""
    if case.meta is None or not case.meta.generation.mode.is_positive or case.meta.phase.name.value != "fuzzing":
        return
    number = _number(case.body)
    body = working(key, _known, number // 2)
    if body is None or number % 2:
        return
    generated = case.body if isinstance(case.body, dict) else {}
    replaceable = sorted(body.keys() & generated.keys())
    if replaceable and len(body) > 1 and number // 2 % 3:
        name = replaceable[number // 6 % len(replaceable)]
        body[name] = generated[name]
    case.body = body


# --- What was sent ---------------------------------------------------------------------------------

_sent = 0
_statuses: Counter[str] = Counter()
_by_operation: dict[str, Counter[str]] = {}


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    global _sent, _stale
    key = _key(case.method, case.operation.path)
    status = response.status_code
    _sent += 1
    _statuses[str(status)] += 1
    if case.method.upper() == case.operation.method.upper():
        _by_operation.setdefault(" ".join(key), Counter())[f"{status} {_code(response)}".strip()] += 1
    if _person.sign_in and ((key in _ENDS_SESSION and status < 300) or _is_signed_out(response)):
        _stale = True


def _code(response: Any) -> str:
    found = re.search(rb'"code":"([a-z_.]+)"', response.content) if response.status_code >= 400 else None
    return found[1].decode() if found else ""


def _is_signed_out(response: Any) -> bool:
    return response.status_code == 401 and b'"session.missing"' in response.content


@atexit.register
def _tell() -> None:
    told = {
        "sent": _sent,
        "entries": _entries,
        "statuses": dict(sorted(_statuses.items())),
        "operations": {name: dict(counts) for name, counts in sorted(_by_operation.items())},
    }
    Path(_run["told"]).write_text(json.dumps(told, indent=1))
