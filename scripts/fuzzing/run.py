"""Fuzzes a cloud and its shops by their own OpenAPI documents, as everybody who may come. Called by scripts/fuzz."""

import argparse
import email
import email.policy
import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TextIO

from people import Person, call, client

HERE = Path(__file__).parent
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "negative_data_rejection",
    "ignored_auth",
]
START_S = 180
MAIL_S = 30


@dataclass
class Budget:
    """How much is sent."""

    examples: int
    seed: int
    phases: str
    only: str
    operation: str


@dataclass
class Company:
    """The demo's company, and what was added to it."""

    demo: dict[str, Any]
    folder: Path
    known: dict[str, set[str]] = field(default_factory=dict)
    kept: dict[str, set[str]] = field(default_factory=dict)
    spare: dict[str, str] = field(default_factory=dict)
    # Day and location of sales and tickets.
    dates: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def office(self) -> str:
        return self.demo["office"]

    def location(self, code: str) -> dict[str, Any]:
        return next(one for one in self.demo["locations"] if one["code"] == code)

    def login(self, name: str) -> dict[str, str]:
        login = next(one for one in self.demo["logins"] if one["name"] == name)
        return {"email": login["email"], "password": login["password"]}

    def know(self, kind: str, *ids: str) -> None:
        self.known.setdefault(kind, set()).update(ids)

    def keep(self, kind: str, *ids: str) -> None:
        self.kept.setdefault(kind, set()).update(ids)
        self.know(kind, *ids)


# --- The company -----------------------------------------------------------------------------------


def start(binary: Path, folder: Path) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    """Starts a demo of its own and gives its addresses and logins."""
    options = ["demo", "--data", str(folder), "--port", "0", "--history", "1", "--no-replay", "--json"]
    process = subprocess.Popen(
        [str(binary), *options], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    stdout: TextIO = process.stdout  # type: ignore[assignment]
    signal.signal(signal.SIGALRM, lambda *_: process.kill())
    signal.alarm(START_S)
    line = stdout.readline()
    signal.alarm(0)
    if not line:
        raise SystemExit(f"The demo did not start; see {folder}/demo.log")
    return process, json.loads(line)


def stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()


def mailed(company: Company, to: str) -> str:
    """The token in the newest e-mail to somebody."""
    until = time.monotonic() + MAIL_S
    while time.monotonic() < until:
        for path in sorted((company.folder / "mail").glob("*.eml"), key=os.path.getmtime, reverse=True):
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            body = mail.get_body(("plain",))
            found = re.search(r"#token=(\S+)", body.get_content() if body else "")
            if to in str(mail["to"]) and found:
                return found[1]
        time.sleep(0.2)
    raise SystemExit(f"No e-mail to {to} came within {MAIL_S} s")


def invite(company: Company, admin: Any, name: str, grants: list[dict[str, Any]]) -> Person:
    address = f"{name}@fuzz.example"
    call(admin, "POST", f"{company.office}/v1/invitations", json={"email": address, "grants": grants})
    password = str(uuid.uuid4())
    accepted = {"token": mailed(company, address), "name": name, "password": password}
    call(client(), "POST", f"{company.office}/v1/invitations/acceptance", json=accepted)
    return office_person(company, name, {"email": address, "password": password})


def office_person(company: Company, name: str, login: dict[str, str]) -> Person:
    return Person(name, "cloud", company.office, sign_in={"path": "/v1/session", "body": login})


def till_person(company: Company, name: str, code: str, staff_role: str, register: int) -> Person:
    shop = company.location(code)
    staff = next(one for one in shop["staff"] if one["role"] == staff_role)
    body = {"staff_id": staff["id"], "pin": staff["pin"], "register_id": shop["registers"][register]["id"]}
    return Person(name, "edge", shop["url"], sign_in={"path": "/v1/session", "body": body})


def customer(company: Company) -> Person:
    address = "customer@fuzz.example"
    call(client(), "POST", f"{company.office}/v1/shop/login", json={"email": address})
    session = client()
    call(session, "POST", f"{company.office}/v1/shop/session", json={"token": mailed(company, address)})
    return Person("customer", "cloud", company.office, cookie=session.cookies.get_dict())


def found(company: Company) -> list[Person]:
    """Adds whom the demo does not have, and learns the ids of what there is."""
    office = company.office
    admin = client()
    call(admin, "POST", f"{office}/v1/session", json=company.login("Nora Adams"))
    roles = {one["code"]: one["id"] for one in call(admin, "GET", f"{office}/v1/roles")["items"]}
    a, b = (company.location(code)["id"] for code in ("292", "381"))
    manager = roles["branch_manager"]
    cashier = invite(company, admin, "cashier", [{"role": roles["cashier"], "location": a}])
    grants = [{"role": manager, "location": one} for one in (a, b)]
    supervisor = invite(company, admin, "supervisor", grants)
    scopes = [one["code"] for one in call(admin, "GET", f"{office}/v1/permissions")["items"]]
    token = call(admin, "POST", f"{office}/v1/tokens", json={"name": "fuzz", "scopes": scopes})
    channel = call(admin, "POST", f"{office}/v1/channels", json={"name": "fuzz"})
    company.keep("token", token["id"])
    company.keep("role", *roles.values())
    furnish(company, admin, roles["cashier"])
    learn(company, admin)
    node = next(one for one in call(admin, "GET", f"{office}/v1/nodes")["items"] if one["id"] == company.spare["node"])
    seed = (company.folder / "edge-AVO" / "node.key").read_bytes()[:32].hex()
    shops = {code: company.location(code)["url"] for code in ("292", "AVO")}
    return [
        Person("anonymous", "edge", shops["292"]),
        till_person(company, "cashier", "292", "cashier", 0),
        till_person(company, "manager", "292", "branch_manager", 1),
        till_person(company, "buyer", "AVO", "buyer", 0),
        till_person(company, "buying-manager", "AVO", "branch_manager", 1),
        Person("anonymous", "cloud", office),
        customer(company),
        cashier,
        Person("channel", "cloud", office, bearer=channel["key"]),
        Person("node", "cloud", office, node={"node": node["id"], "seed": seed}),
        office_person(company, "manager-a", company.login("Grace Miller")),
        office_person(company, "manager-b", company.login("Jonas Berg")),
        supervisor,
        Person("token", "cloud", office, bearer=token["secret"]),
        # Last, because nobody else may end so much.
        office_person(company, "admin", company.login("Nora Adams")),
    ]


def furnish(company: Company, admin: Any, role: str) -> None:
    """Makes one of each thing that a year of trade does not bring, and the spare ones that may be destroyed."""
    office, avocado = company.office, company.location("AVO")["id"]
    ids = {kind: str(uuid.uuid4()) for kind in ("staff", "role", "region", "provider", "order", "grant")}
    put = lambda path, body: call(admin, "PUT", office + path, json=body)  # noqa: E731
    put(f"/v1/regions/{ids['region']}", {"code": "FUZZ", "name": "Fuzz", "location_ids": [avocado]})
    put(
        f"/v1/roles/{ids['role']}",
        {"code": "fuzz", "name": "Fuzz", "permissions": [{"code": "stock.read"}]},
    )
    grant = {"id": ids["grant"], "role_id": ids["role"], "location_id": avocado}
    put(f"/v1/staff/{ids['staff']}", {"name": "Spare", "grants": [grant]})
    put(
        f"/v1/identity-providers/{ids['provider']}",
        {
            "code": "fuzz",
            "name": "Fuzz",
            "issuer": "http://127.0.0.1:9",
            "client_id": "fuzz",
            "realm": "staff",
            "unknown": "refuse",
            "active": True,
        },
    )
    variant = call(admin, "GET", f"{office}/v1/stock?limit=1")["items"][0]["variant_id"]
    placed = {"lines": [{"variant_id": variant, "quantity": 1}]}
    admin.put(f"{office}/v1/orders/{ids['order']}", json=placed, timeout=30)
    spare = call(admin, "POST", f"{office}/v1/tokens", json={"name": "spare", "scopes": ["sale.read"]})
    invited = {"email": "open@fuzz.example", "grants": [{"role": role, "location": avocado}]}
    invitation = call(admin, "POST", f"{office}/v1/invitations", json=invited)
    for kind, one in ids.items():
        company.know(kind, one)
    company.know("provider", "fuzz")
    # Orders that somebody may place, so that what follows finds them.
    company.know("order", *(str(uuid.uuid4()) for _ in range(8)))
    company.know("token", spare["id"])
    company.know("invitation", invitation["id"])
    company.spare.update(staff=ids["staff"], role=ids["role"], token=spare["id"])


def learn(company: Company, admin: Any) -> None:
    """Reads the ids of what there is."""
    def get(path: str) -> list[Any]:
        return call(admin, "GET", company.office + path)["items"]

    for shop in company.demo["locations"]:
        company.know("location", shop["id"])
        company.know("register", *(one["id"] for one in shop["registers"]))
    for person in get("/v1/staff?limit=100"):
        is_spare = person["id"] == company.spare["staff"]
        (company.know if is_spare else company.keep)("staff", person["id"])
        company.know("grant", *(one["id"] for one in person["grants"]))
    avocado = company.location("AVO")["id"]
    for node in get("/v1/nodes"):
        if node["location_id"] == avocado:
            company.spare["node"] = node["id"]
            company.know("node", node["id"])
        else:
            company.keep("node", node["id"])
    company.know("variant", *(one["variant_id"] for one in get("/v1/stock?limit=40")))
    for kind in ("sale", "purchase"):
        for one in get(f"/v1/{kind}s?limit=20"):
            company.know(kind, one["id"])
            company.dates[one["id"]] = (one["business_date"], one["location_id"])


def learn_shop(company: Company, person: Person) -> dict[str, list[str]]:
    """Ids of a shop, as this person sees it: a shift is opened, or the one that is open is known."""
    if person.sign_in is None:
        return {}
    session = client()
    call(session, "POST", person.url + "/v1/session", json=person.sign_in["body"])
    register = person.sign_in["body"]["register_id"]
    opened = {"register_id": register, "float_minor": 10_000}
    session.put(f"{person.url}/v1/shifts/{uuid.uuid4()}", json=opened, timeout=30)
    shift = call(session, "GET", person.url + "/v1/session")["shift"]

    def items(path: str) -> list[Any]:
        answer = session.get(person.url + path, timeout=30)
        return answer.json()["items"] if answer.ok else []

    products = items("/v1/products?q=a&limit=100")
    known = {
        "shift": [shift["id"]] if shift else [],
        "register": [register],
        "supplier": [one["id"] for one in items("/v1/suppliers?limit=20")],
        "variant": [one["id"] for one in products],
        "weighed": [one["id"] for one in products if one["unit"] == "gram"],
        "code": [code for one in products if (code := one.get("barcode"))] or ["0"],
        "sale": [one["id"] for one in items("/v1/sales?limit=20")],
        "purchase": [one["id"] for one in items("/v1/purchases?limit=20")],
    }
    return {kind: sorted(ids) for kind, ids in known.items() if ids}


# --- A run -----------------------------------------------------------------------------------------


def exclusions(person: Person) -> list[str]:
    """What this person does not send, from the file that says why."""
    rows = tomllib.loads((HERE / "excluded.toml").read_text()).get("excluded", [])
    ours = (row for row in rows if row["side"] == person.side and person.name in row.get("as", [person.name]))
    options: list[str] = []
    for row in ours:
        method, path = row["operation"].split(" ", 1)
        options += ["--exclude-name", f"{method} {path}"]
    return options


def fuzz(company: Company, person: Person, budget: Budget, logs: Path) -> dict[str, Any]:
    """Runs schemathesis as one person and gives what happened."""
    name = f"{person.side}-{person.name}"
    known = {kind: sorted(ids) for kind, ids in company.known.items()}
    spare = dict(company.spare)
    kept = {kind: sorted(ids) for kind, ids in company.kept.items()}
    if person.side == "edge":
        shop = learn_shop(company, person)
        known |= shop
        kept["shift"] = shop.get("shift", [])
        # Somebody and a register that nobody here uses.
        place = next(one for one in company.demo["locations"] if one["url"] == person.url)
        own = (person.sign_in or {"body": {}})["body"]
        for kind, of in (("staff", "staff"), ("register", "registers")):
            others = [one["id"] for one in place[of] if one["id"] != own.get(f"{kind}_id")]
            # The last register is nobody's where there are three.
            spare[kind] = others[len(others) // 2] if kind == "staff" else others[-1] if others[1:] else str(uuid.uuid4())
    told = logs / f"{name}.json"
    told.unlink(missing_ok=True)
    run = {
        "person": asdict(person),
        "known": known,
        "kept": kept,
        "spare": spare,
        "dates": company.dates,
        "told": str(told),
    }
    (logs / f"{name}.run.json").write_text(json.dumps(run))
    checks = [check for check in CHECKS if check != "ignored_auth" or person.name != "anonymous"]
    command = [
        str(Path(sys.executable).with_name("st")),
        *["run", person.url + "/v1/openapi.json", "--no-color", "--workers", "1"],
        *["--max-examples", str(budget.examples), "--seed", str(budget.seed)],
        *["--phases", budget.phases, "--checks", ",".join(checks), "--continue-on-failure"],
        *["--generation-database", "none", "--suppress-health-check", "all", "--warnings", "off"],
        *["--output-sanitize", "false", "--request-timeout", "30", "--max-redirects", "0"],
        *exclusions(person),
    ]
    if budget.operation:
        command += ["--include-name-regex", budget.operation]
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(HERE),
        "FUZZ_RUN": str(logs / f"{name}.run.json"),
    }
    began = time.monotonic()
    with (logs / f"{name}.log").open("w") as log:
        code = subprocess.run(command, cwd=logs, env=environment, stdout=log, stderr=subprocess.STDOUT).returncode
    result = json.loads(told.read_text()) if told.exists() else {"sent": 0, "operations": {}, "statuses": {}, "entries": 0}
    return result | {"code": code, "seconds": time.monotonic() - began, "name": name}


def row(result: dict[str, Any]) -> str:
    operations = result["operations"].values()
    succeeded = sum(any(status.startswith(("1", "2", "3")) for status in counts) for counts in operations)
    server_errors = sum(count for status, count in result["statuses"].items() if status.startswith("5"))
    state = "ok" if result["code"] == 0 else f"FAILED ({result['code']})"
    return (
        f"{result['name']:<22} {result['sent']:>8} {len(result['operations']):>10} {succeeded:>9} "
        f"{server_errors:>4} {result['seconds']:>7.0f} s  {state}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("--max-examples", type=int, default=25, help="generated requests per operation and person")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--as", dest="only", default="", help="regular expression of side-person: `cloud-admin|edge-.*`")
    parser.add_argument("--operation", default="", help="regular expression of operations: `PUT /v1/orders`")
    parser.add_argument("--phases", default="examples,coverage,fuzzing,stateful")
    parser.add_argument("--brief", action="store_true", help="three examples and no sequences: what every run does")
    parser.add_argument("--binary", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--logs", type=Path, required=True, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.brief:
        asked.max_examples, asked.phases = 3, "examples,coverage,fuzzing"
    budget = Budget(asked.max_examples, asked.seed, asked.phases, asked.only, asked.operation)
    logs = asked.logs.resolve()
    for old in [*logs.glob("*.log"), *logs.glob("*.json")]:
        old.unlink()
    # Whoever ends this run ends its demo too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    process, demo = start(asked.binary, asked.data)
    try:
        company = Company(demo, asked.data)
        everybody = found(company)
        for number, person in enumerate(everybody):
            person.address = f"127.0.0.{10 + number}"
        people = [one for one in everybody if re.fullmatch(budget.only or ".*", f"{one.side}-{one.name}")]
        print(f"{'as':<22} {'requests':>8} {'operations':>10} {'succeeded':>9} {'5xx':>4} {'time':>9}")
        results = []
        for person in people:
            results.append(fuzz(company, person, budget, logs))
            print(row(results[-1]), flush=True)
    finally:
        stop(process)
    sent = sum(result["sent"] for result in results)
    operations = {(result["name"].split("-")[0], name) for result in results for name in result["operations"]}
    never = operations - {
        (result["name"].split("-")[0], name)
        for result in results
        for name, counts in result["operations"].items()
        if any(status[0] in "123" for status in counts)
    }
    failed = [result["name"] for result in results if result["code"] != 0]
    print(f"{sent} requests to {len(operations)} operations; {len(never)} of them never succeeded:")
    print("".join(f"  {side}: {name}\n" for side, name in sorted(never)), end="")
    for name in failed:
        print(f"{asked.logs}/{name}.log says what was found")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())
