import { expect, test } from "vitest";

import { paths } from "./paths";

test("every URL of the pages", () => {
  expect([
    paths.start(),
    paths.pos.till(),
    paths.pos.sales(),
    paths.pos.sale("s/1"),
    paths.buy.station(),
    paths.buy.purchases(),
    paths.buy.purchase("p1"),
    paths.shift("pos"),
    paths.shift("buy"),
    paths.office.overview(),
    paths.office.overview({ branch: "l1", date: "2026-11-22" }),
    paths.office.signIn(),
    paths.office.signIn("/office/sales?q=A 1"),
    paths.office.sales(),
    paths.office.sales({ branch: "l1", from: "2026-11-01", to: undefined, q: "A-1/2 3" }),
    paths.office.sale("l1", "2026-11-22", "s1"),
    paths.office.purchases({ to: "2026-11-22" }),
    paths.office.purchase("l1", "2026-11-22", "p1"),
    paths.office.stock({ q: "cà phê" }),
    paths.office.nodes(),
    paths.office.node("n1"),
    paths.office.jobs(),
    paths.live("http://localhost:8090"),
    paths.live("https://office.example", 42),
  ]).toMatchInlineSnapshot(`
    [
      "/",
      "/pos",
      "/pos/sales",
      "/pos/sales/s%2F1",
      "/buy",
      "/buy/purchases",
      "/buy/purchases/p1",
      "/pos/shift",
      "/buy/shift",
      "/office",
      "/office?branch=l1&date=2026-11-22",
      "/office/sign-in",
      "/office/sign-in?back=%2Foffice%2Fsales%3Fq%3DA+1",
      "/office/sales",
      "/office/sales?branch=l1&from=2026-11-01&q=A-1%2F2+3",
      "/office/sales/l1/2026-11-22/s1",
      "/office/purchases?to=2026-11-22",
      "/office/purchases/l1/2026-11-22/p1",
      "/office/stock?q=c%C3%A0+ph%C3%AA",
      "/office/nodes",
      "/office/nodes/n1",
      "/office/jobs",
      "ws://localhost:8090/v1/live",
      "wss://office.example/v1/live?after=42",
    ]
  `);
});
