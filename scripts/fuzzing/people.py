"""Who sends requests: how each shows who it is, and how it does so again when that has ended."""

import base64
import hashlib
import time
from dataclasses import dataclass, field
from typing import Any

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from requests.adapters import HTTPAdapter

# Who guesses has to wait, by address; so everybody has an address of this machine, and who only signs in another one.
OWN_ADDRESS = "127.0.0.2"
TIMEOUT_S = 30
# How often somebody who is told to wait tries to sign in again.
TRIES = 4


class From(HTTPAdapter):
    """Sends from that address."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, source_address=(self.address, 0), **kwargs)


def client(address: str = OWN_ADDRESS) -> requests.Session:
    """A client that keeps cookies and is not the fuzzer."""
    session = requests.Session()
    session.mount("http://", From(address))
    return session


def call(session: requests.Session, method: str, url: str, **kwargs: Any) -> Any:
    """Sends a request that has to succeed."""
    answer = session.request(method, url, timeout=TIMEOUT_S, **kwargs)
    if not answer.ok:
        raise RuntimeError(f"{method} {url}: {answer.status_code} {answer.text}")
    return answer.json() if answer.content else None


class Signature(requests.auth.AuthBase):
    """Signs as a node: `wire::signature`."""

    def __init__(self, node: str, seed: str) -> None:
        self.node = node
        self.key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        address = request.path_url.encode("utf-8", "surrogateescape")
        head = b"branchline-request-1\n" + (request.method or "GET").encode() + b"\n" + address + b"\n"
        signature = self.key.sign(head + hashlib.sha256(body).digest())
        request.headers["branchline-node"] = self.node
        request.headers["branchline-signature"] = base64.b64encode(signature).decode()
        return request


@dataclass
class Person:
    """One who sends requests to one side. Plain data, so that it travels between processes as JSON."""

    name: str
    side: str
    url: str
    # Where it comes from, so that nobody waits for another one's guesses.
    address: str = "127.0.0.1"
    # How to sign in: {"path", "body", "cookie"}; none for those who bring a key along, and for strangers.
    sign_in: dict[str, Any] | None = None
    bearer: str | None = None
    # {"node", "seed"}
    node: dict[str, str] | None = None
    # A cookie that cannot be had again by a password.
    cookie: dict[str, str] = field(default_factory=dict)

    def enter(self) -> dict[str, str]:
        """Signs in and gives the cookies."""
        if self.sign_in is None:
            return dict(self.cookie)
        session = client()
        for _ in range(TRIES):
            answer = session.post(self.url + self.sign_in["path"], json=self.sign_in["body"], timeout=TIMEOUT_S)
            if answer.status_code != 429:
                break
            time.sleep(int(answer.headers.get("retry-after", "1")))
        if not answer.ok:
            raise RuntimeError(f"{self.name} cannot sign in again: {answer.status_code} {answer.text}")
        return session.cookies.get_dict()
