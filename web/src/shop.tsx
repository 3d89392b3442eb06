import { createRootRoute, createRoute, createRouter } from "@tanstack/react-router";

import { paths } from "./paths";
import { CustomerPage } from "./shop/CustomerPage";
import { LoginPage } from "./shop/LoginPage";
import { ShopLayout } from "./shop/ShopLayout";
import { CrashPage, NotFoundPage, parseSearch, stringifySearch } from "./ui/pages";
import { newQueryClient, startApp } from "./ui/startApp";

// The page of the cloud for customers: nothing of the office is in it.
const root = createRootRoute({
  component: ShopLayout,
  errorComponent: CrashPage,
  notFoundComponent: () => <NotFoundPage start={paths.shop.customer()} />,
});
const customer = createRoute({ getParentRoute: () => root, path: "shop", component: CustomerPage });
const login = createRoute({ getParentRoute: () => root, path: "shop/login", component: LoginPage });

const router = createRouter({ routeTree: root.addChildren([customer, login]), parseSearch, stringifySearch });

await startApp("shop", router, newQueryClient());
