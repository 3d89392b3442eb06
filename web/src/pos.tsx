import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from "@tanstack/react-router";

import { PosLayout } from "./pos/PosLayout";
import { TillPage } from "./pos/till/TillPage";
import { paths } from "./paths";
import { watchHead } from "./station/head";
import { StartPage } from "./station/StartPage";
import { CrashPage, NotFoundPage, parseSearch, stringifySearch } from "./ui/pages";
import { newQueryClient, startApp } from "./ui/startApp";

// The page of the branch computer: start, till and buying station. The till is in the first load, the rest follows.
const root = createRootRoute({
  component: Outlet,
  errorComponent: CrashPage,
  notFoundComponent: () => <NotFoundPage start={paths.start()} />,
});
const start = createRoute({ getParentRoute: () => root, path: "/", component: StartPage });

const pos = createRoute({ getParentRoute: () => root, path: "pos", component: PosLayout });
const till = createRoute({ getParentRoute: () => pos, path: "/", component: TillPage });
const sales = createRoute({
  getParentRoute: () => pos,
  path: "sales",
  component: lazyRouteComponent(() => import("./pos/sale/RecentSalesPage"), "RecentSalesPage"),
});
const sale = createRoute({
  getParentRoute: () => pos,
  path: "sales/$id",
  component: lazyRouteComponent(() => import("./pos/sale/SalePage"), "SalePage"),
});
const returns = createRoute({
  getParentRoute: () => pos,
  path: "returns/$number",
  component: lazyRouteComponent(() => import("./pos/returns/ReturnPage"), "ReturnPage"),
});
const stockPage = lazyRouteComponent(() => import("./station/stock/StockPage"), "StockPage");
const posStock = createRoute({ getParentRoute: () => pos, path: "stock", component: stockPage });
const picks = createRoute({
  getParentRoute: () => pos,
  path: "picks",
  component: lazyRouteComponent(() => import("./station/pick/PicksPage"), "PicksPage"),
});
const posShift = createRoute({
  getParentRoute: () => pos,
  path: "shift",
  component: lazyRouteComponent(() => import("./pos/shift/ShiftPage"), "ShiftPage"),
});

const printsPage = lazyRouteComponent(() => import("./station/print/PrintsPage"), "PrintsPage");
const cashPage = lazyRouteComponent(() => import("./station/cash/CashPage"), "CashPage");
const posCash = createRoute({ getParentRoute: () => pos, path: "cash", component: cashPage });
const reportPage = lazyRouteComponent(() => import("./station/report/ReportPage"), "ReportPage");
const posReport = createRoute({ getParentRoute: () => pos, path: "reports/$id", component: reportPage });
const zReportsPage = lazyRouteComponent(() => import("./station/report/ZReportsPage"), "ZReportsPage");
const posZReports = createRoute({ getParentRoute: () => pos, path: "reports", component: zReportsPage });
const posPrints = createRoute({ getParentRoute: () => pos, path: "prints", component: printsPage });

const buy = createRoute({
  getParentRoute: () => root,
  path: "buy",
  component: lazyRouteComponent(() => import("./buy/BuyLayout"), "BuyLayout"),
});
const purchase = createRoute({
  getParentRoute: () => buy,
  path: "/",
  component: lazyRouteComponent(() => import("./buy/purchase/PurchasePage"), "PurchasePage"),
});
const purchases = createRoute({
  getParentRoute: () => buy,
  path: "purchases",
  component: lazyRouteComponent(() => import("./buy/purchase/RecentPurchasesPage"), "RecentPurchasesPage"),
});
const ticket = createRoute({
  getParentRoute: () => buy,
  path: "purchases/$id",
  component: lazyRouteComponent(() => import("./buy/purchase/TicketPage"), "TicketPage"),
});
const buyShift = createRoute({
  getParentRoute: () => buy,
  path: "shift",
  component: lazyRouteComponent(() => import("./station/shift/CloseShiftPage"), "CloseShiftPage"),
});
const buyStock = createRoute({ getParentRoute: () => buy, path: "stock", component: stockPage });

const buyCash = createRoute({ getParentRoute: () => buy, path: "cash", component: cashPage });
const buyReport = createRoute({ getParentRoute: () => buy, path: "reports/$id", component: reportPage });
const buyZReports = createRoute({ getParentRoute: () => buy, path: "reports", component: zReportsPage });
const buyPrints = createRoute({ getParentRoute: () => buy, path: "prints", component: printsPage });

const router = createRouter({
  routeTree: root.addChildren([
    start,
    pos.addChildren([till, sales, sale, returns, posStock, picks, posShift, posPrints, posCash, posReport, posZReports]),
    buy.addChildren([purchase, purchases, ticket, buyStock, buyShift, buyPrints, buyCash, buyReport, buyZReports]),
  ]),
  parseSearch,
  stringifySearch,
});

const client = newQueryClient();
watchHead(client);
await startApp("station", router, client);
