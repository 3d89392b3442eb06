"""Bodies that work, so that generated ones are not all refused at the first rule. Half of the positive cases send one
of these with a single field as generated; what negative cases send is never touched."""

from typing import Any


def _one(known: dict[str, list[str]], kind: str, number: int) -> str:
    ids = known.get(kind) or ["00000000-0000-0000-0000-000000000000"]
    return ids[number % len(ids)]


def working(key: tuple[str, str], known: dict[str, list[str]], number: int) -> dict[str, Any] | None:
    """A body that the operation would take; `number` chooses among ids that exist."""

    def one(kind: str, more: int = 0) -> str:
        return _one(known, kind, number + more)

    lines = [{"variant_id": one("variant"), "quantity": 1 + number % 3}]
    weight = {"gross": 1_100, "tare": 100, "source": "manual"}
    bought: dict[str, Any] = {"variant_id": one("variant"), "quantity": 1}
    if known.get("weighed"):
        bought = {"variant_id": one("weighed"), "weight": weight}
    bought |= {"unit_cost": "1.20", "cost_quantity": 1_000}
    made: dict[tuple[str, str], dict[str, Any]] = {
        # The office.
        ("POST", "/v1/invitations"): {
            "email": f"fuzz{number % 1000}@fuzz.example",
            "grants": [{"role": one("role"), "location": one("location")}],
        },
        ("POST", "/v1/tokens"): {"name": "fuzz", "scopes": ["sale.read"], "days": 1 + number % 366},
        ("PUT", "/v1/orders/{id}"): {"lines": lines, "customer": "Ann", "hold_minutes": 15},
        ("POST", "/v1/orders/{id}/claim"): {"payment": "pi_fuzz"},
        ("PUT", "/v1/roles/{role}"): {
            "code": "fuzz",
            "name": "Fuzz",
            "permissions": [{"code": "stock.read"}, {"code": "price.override", "max_bps": 500}],
        },
        ("PUT", "/v1/staff/{staff}/pin"): {"pin": str(1000 + number % 8999)},
        ("PUT", "/v1/staff/{staff}"): {"name": "Spare", "email": f"spare{number % 1000}@fuzz.example"},
        ("PUT", "/v1/staff/{staff}/grants/{grant}"): {"role_id": one("role"), "location_id": one("location")},
        ("PUT", "/v1/locations/{location}/counts/{id}"): {"lines": lines},
        ("PUT", "/v1/locations/{location}/grants/{id}"): {"lines": lines},
        ("PUT", "/v1/regions/{region}"): {"code": "FUZZ", "name": "Fuzz", "location_ids": [one("location")]},
        ("PUT", "/v1/identity-providers/{id}"): {
            "code": "fuzz",
            "name": "Fuzz",
            "issuer": "http://127.0.0.1:9",
            "client_id": "fuzz",
            "realm": "staff",
            "unknown": "invitation",
            "groups": [{"group": "all", "role": one("role"), "location": one("location")}],
            "active": True,
        },
        ("POST", "/v1/enrolment-codes"): {"location_id": one("location")},
        # A node.
        ("POST", "/v1/nodes/{node}/events"): {
            "proto": 1,
            "node": one("node"),
            "epoch": 1,
            "boot": one("node"),
            "first_seq": 1 + number % 200,
            "events": [],
            "head_seq": number % 200,
            "r_cursor": number % 200,
            "clock": "2026-11-23T04:00:00Z",
            "version": "0.1.0",
        },
        ("POST", "/v1/nodes/{node}/borrow"): {
            "id": one("order"),
            "epoch": 1,
            "r_cursor": 0,
            "lines": [{"variant": one("variant"), "quantity": 1}],
        },
        ("POST", "/v1/nodes/{node}/salvage"): {"epoch": 1, "first_seq": 1 + number % 200, "events": []},
        # A shop.
        ("PUT", "/v1/shifts/{id}"): {"register_id": one("register"), "float_minor": 10_000},
        ("PUT", "/v1/sales/{id}"): {
            "shift_id": one("shift"),
            "lines": lines,
            "tenders": [{"kind": "cash", "amount_minor": 100_000}],
            "shortages": [{"variant_id": lines[0]["variant_id"], "answer": "counted", "counted": 100}],
        },
        ("POST", "/v1/quotes"): {"lines": lines},
        ("PUT", "/v1/counts/{id}"): {
            "lines": [{"variant_id": one("variant"), "counted": number % 500}],
            "reason": "count",
        },
        ("PUT", "/v1/purchases/{id}"): {
            "shift_id": one("shift"),
            "supplier_id": one("supplier"),
            "lines": [bought],
            "payment": {"kind": "account", "amount_minor": 120},
        },
        ("POST", "/v1/purchase-quotes"): {"lines": [bought]},
        ("PUT", "/v1/rights-returns/{id}"): {"lines": lines},
    }
    return made.get(key)
