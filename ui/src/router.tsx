// The pages and their paths. Pages beyond the first are loaded when they are opened.
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from "@tanstack/react-router";
import { type Params, readParams, writeParams } from "./lib/nav";
import { FindPage } from "./pages/FindPage";
import { Crashed, Missing } from "./pages/Missing";
import { SendPage } from "./pages/SendPage";
import { Shell } from "./parts/Shell";

const root = createRootRoute({
  component: Shell,
  notFoundComponent: Missing,
  validateSearch: (search) => search as Params,
});

const page = (path: string, load: Parameters<typeof lazyRouteComponent>[0], name: string) =>
  createRoute({
    getParentRoute: () => root,
    path,
    component: lazyRouteComponent(load, name),
  });

const routes = [
  createRoute({ getParentRoute: () => root, path: "/", component: FindPage }),
  createRoute({ getParentRoute: () => root, path: "/send", component: SendPage }),
  page("/dataset", () => import("./pages/DatasetPage"), "DatasetPage"),
  page("/job", () => import("./pages/JobPage"), "JobPage"),
  page("/run", () => import("./pages/RunPage"), "RunPage"),
  page("/lineage", () => import("./pages/LineagePage"), "LineagePage"),
  page("/impact", () => import("./pages/ImpactPage"), "ImpactPage"),
  page("/checks", () => import("./pages/ChecksPage"), "ChecksPage"),
  page("/checks/$id", () => import("./pages/CheckPage"), "CheckPage"),
  page("/contracts", () => import("./pages/ContractsPage"), "ContractsPage"),
  page("/quarantine", () => import("./pages/QuarantinePage"), "QuarantinePage"),
  page("/quarantine/$id", () => import("./pages/TurnedPage"), "TurnedPage"),
  page("/status", () => import("./pages/StatusPage"), "StatusPage"),
];

export const router = createRouter({
  routeTree: root.addChildren(routes),
  parseSearch: readParams,
  stringifySearch: (search) => writeParams(search as Params),
  defaultPreload: false,
  scrollRestoration: true,
  defaultErrorComponent: Crashed,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
