import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from "@tanstack/react-router";

import { OfficeLayout } from "./office/OfficeLayout";
import { OverviewPage } from "./office/overview/OverviewPage";
import { SignInPage } from "./office/session/SignInPage";
import { paths } from "./paths";
import { CrashPage, NotFoundPage, parseSearch, stringifySearch } from "./ui/pages";
import { newQueryClient, startApp } from "./ui/startApp";

// The page of the cloud: the office over all branches.
const root = createRootRoute({
  component: Outlet,
  errorComponent: CrashPage,
  notFoundComponent: () => <NotFoundPage start={paths.office.overview()} />,
});
const signIn = createRoute({ getParentRoute: () => root, path: "office/sign-in", component: SignInPage });
const invitation = createRoute({
  getParentRoute: () => root,
  path: "office/invitation",
  component: lazyRouteComponent(() => import("./office/session/InvitationPage"), "InvitationPage"),
});
const office = createRoute({ getParentRoute: () => root, path: "office", component: OfficeLayout });
const overview = createRoute({ getParentRoute: () => office, path: "/", component: OverviewPage });
const sales = createRoute({
  getParentRoute: () => office,
  path: "sales",
  component: lazyRouteComponent(() => import("./office/sale/SalesPage"), "SalesPage"),
});
const sale = createRoute({
  getParentRoute: () => office,
  path: "sales/$location/$date/$id",
  component: lazyRouteComponent(() => import("./office/sale/SalePage"), "SalePage"),
});
const returns = createRoute({
  getParentRoute: () => office,
  path: "returns",
  component: lazyRouteComponent(() => import("./office/returns/ReturnsPage"), "ReturnsPage"),
});
const purchases = createRoute({
  getParentRoute: () => office,
  path: "purchases",
  component: lazyRouteComponent(() => import("./office/purchase/PurchasesPage"), "PurchasesPage"),
});
const purchase = createRoute({
  getParentRoute: () => office,
  path: "purchases/$location/$date/$id",
  component: lazyRouteComponent(() => import("./office/purchase/PurchasePage"), "PurchasePage"),
});
const supplierAccounts = createRoute({
  getParentRoute: () => office,
  path: "supplier-accounts",
  component: lazyRouteComponent(() => import("./office/supplier/AccountsPage"), "AccountsPage"),
});
const supplierAccount = createRoute({
  getParentRoute: () => office,
  path: "supplier-accounts/$supplier",
  component: lazyRouteComponent(() => import("./office/supplier/AccountPage"), "AccountPage"),
});
const stock = createRoute({
  getParentRoute: () => office,
  path: "stock",
  component: lazyRouteComponent(() => import("./office/stock/StockPage"), "StockPage"),
});
const stockOf = createRoute({
  getParentRoute: () => office,
  path: "stock/$variant",
  component: lazyRouteComponent(() => import("./office/stock/StockOfPage"), "StockOfPage"),
});
const orders = createRoute({
  getParentRoute: () => office,
  path: "orders",
  component: lazyRouteComponent(() => import("./office/order/OrdersPage"), "OrdersPage"),
});
const newOrder = createRoute({
  getParentRoute: () => office,
  path: "orders/new",
  component: lazyRouteComponent(() => import("./office/order/NewOrderPage"), "NewOrderPage"),
});
const order = createRoute({
  getParentRoute: () => office,
  path: "orders/$id",
  component: lazyRouteComponent(() => import("./office/order/OrderPage"), "OrderPage"),
});
const productsPage = createRoute({
  getParentRoute: () => office,
  path: "products",
  component: lazyRouteComponent(() => import("./office/catalog/ProductsPage"), "ProductsPage"),
});
const productPage = createRoute({
  getParentRoute: () => office,
  path: "products/$id",
  component: lazyRouteComponent(() => import("./office/catalog/ProductPage"), "ProductPage"),
});
const importPage = createRoute({
  getParentRoute: () => office,
  path: "imports",
  component: lazyRouteComponent(() => import("./office/catalog/ImportPage"), "ImportPage"),
});
const listsPage = createRoute({
  getParentRoute: () => office,
  path: "lists/{-$kind}",
  component: lazyRouteComponent(() => import("./office/list/ListsPage"), "ListsPage"),
});
const promotionsPage = createRoute({
  getParentRoute: () => office,
  path: "promotions",
  component: lazyRouteComponent(() => import("./office/promotion/PromotionsPage"), "PromotionsPage"),
});
const promotionPage = createRoute({
  getParentRoute: () => office,
  path: "promotions/$id",
  component: lazyRouteComponent(() => import("./office/promotion/PromotionPage"), "PromotionPage"),
});
const patronsPage = createRoute({
  getParentRoute: () => office,
  path: "customers",
  component: lazyRouteComponent(() => import("./office/patron/PatronsPage"), "PatronsPage"),
});
const patronPage = createRoute({
  getParentRoute: () => office,
  path: "customers/$id",
  component: lazyRouteComponent(() => import("./office/patron/PatronPage"), "PatronPage"),
});
const locationsPage = createRoute({
  getParentRoute: () => office,
  path: "locations",
  component: lazyRouteComponent(() => import("./office/location/LocationsPage"), "LocationsPage"),
});
const integrity = createRoute({
  getParentRoute: () => office,
  path: "integrity",
  component: lazyRouteComponent(() => import("./office/integrity/IntegrityPage"), "IntegrityPage"),
});
const days = createRoute({
  getParentRoute: () => office,
  path: "days",
  component: lazyRouteComponent(() => import("./office/day/DaysPage"), "DaysPage"),
});
const held = createRoute({
  getParentRoute: () => office,
  path: "held",
  component: lazyRouteComponent(() => import("./office/held/HeldPage"), "HeldPage"),
});
const heldEvent = createRoute({
  getParentRoute: () => office,
  path: "held/$node/$epoch/$seq",
  component: lazyRouteComponent(() => import("./office/held/HeldEventPage"), "HeldEventPage"),
});
const cases = createRoute({
  getParentRoute: () => office,
  path: "cases",
  component: lazyRouteComponent(() => import("./office/case/CasesPage"), "CasesPage"),
});
const drawersPage = createRoute({
  getParentRoute: () => office,
  path: "drawers",
  component: lazyRouteComponent(() => import("./office/cash/DrawersPage"), "DrawersPage"),
});
const zReportsPage = createRoute({
  getParentRoute: () => office,
  path: "z-reports",
  component: lazyRouteComponent(() => import("./office/cash/ZReportsPage"), "ZReportsPage"),
});
const zReportPage = createRoute({
  getParentRoute: () => office,
  path: "z-reports/$location/$shift",
  component: lazyRouteComponent(() => import("./office/cash/ZReportPage"), "ZReportPage"),
});
const channels = createRoute({
  getParentRoute: () => office,
  path: "channels",
  component: lazyRouteComponent(() => import("./office/channel/ChannelsPage"), "ChannelsPage"),
});
const nodes = createRoute({
  getParentRoute: () => office,
  path: "nodes",
  component: lazyRouteComponent(() => import("./office/node/NodesPage"), "NodesPage"),
});
const node = createRoute({
  getParentRoute: () => office,
  path: "nodes/$id",
  component: lazyRouteComponent(() => import("./office/node/NodePage"), "NodePage"),
});
const jobs = createRoute({
  getParentRoute: () => office,
  path: "jobs",
  component: lazyRouteComponent(() => import("./office/job/JobsPage"), "JobsPage"),
});
const people = createRoute({
  getParentRoute: () => office,
  path: "people",
  component: lazyRouteComponent(() => import("./office/staff/PeoplePage"), "PeoplePage"),
});
const person = createRoute({
  getParentRoute: () => office,
  path: "people/$id",
  component: lazyRouteComponent(() => import("./office/staff/PersonPage"), "PersonPage"),
});
const invitations = createRoute({
  getParentRoute: () => office,
  path: "invitations",
  component: lazyRouteComponent(() => import("./office/staff/InvitationsPage"), "InvitationsPage"),
});
const rolesPage = createRoute({
  getParentRoute: () => office,
  path: "roles",
  component: lazyRouteComponent(() => import("./office/role/RolesPage"), "RolesPage"),
});
const rolePage = createRoute({
  getParentRoute: () => office,
  path: "roles/$id",
  component: lazyRouteComponent(() => import("./office/role/RolePage"), "RolePage"),
});
const regionsPage = createRoute({
  getParentRoute: () => office,
  path: "regions",
  component: lazyRouteComponent(() => import("./office/region/RegionsPage"), "RegionsPage"),
});
const approvals = createRoute({
  getParentRoute: () => office,
  path: "approvals",
  component: lazyRouteComponent(() => import("./office/approval/ApprovalsPage"), "ApprovalsPage"),
});
const auditPage = createRoute({
  getParentRoute: () => office,
  path: "audit",
  component: lazyRouteComponent(() => import("./office/audit/AuditPage"), "AuditPage"),
});
const account = createRoute({
  getParentRoute: () => office,
  path: "account",
  component: lazyRouteComponent(() => import("./office/account/AccountPage"), "AccountPage"),
});
const providers = createRoute({
  getParentRoute: () => office,
  path: "providers",
  component: lazyRouteComponent(() => import("./office/access/ProvidersPage"), "ProvidersPage"),
});
const tokens = createRoute({
  getParentRoute: () => office,
  path: "tokens",
  component: lazyRouteComponent(() => import("./office/access/TokensPage"), "TokensPage"),
});

const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    invitation,
    office.addChildren([
      overview,
      sales,
      sale,
      returns,
      purchases,
      purchase,
      supplierAccounts,
      supplierAccount,
      stock,
      stockOf,
      orders,
      newOrder,
      order,
      productsPage,
    productPage,
    importPage,
    listsPage,
    locationsPage,
    promotionsPage,
    promotionPage,
    patronsPage,
    patronPage,
    integrity,
      days,
      held,
      heldEvent,
      cases,
      drawersPage,
      zReportsPage,
      zReportPage,
      channels,
      nodes,
      node,
      jobs,
      people,
      person,
      invitations,
      rolesPage,
      rolePage,
      regionsPage,
      approvals,
      auditPage,
      account,
      providers,
      tokens,
    ]),
  ]),
  parseSearch,
  stringifySearch,
});

await startApp("office", router, newQueryClient());
