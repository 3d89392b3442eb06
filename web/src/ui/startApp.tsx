import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider, type AnyRouter } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { Problem, shouldRetry } from "../api/problem";
import { startWords, type Namespace } from "../i18n";

import "./fonts";
import "./theme.css";

/** What says that nobody is signed in: at the office and the stations, and at the shop. */
const SIGNED_OUT = new Set(["session.missing", "customer.missing"]);

/** One client for a page. A session that has ended is noticed wherever it shows first. */
export function newQueryClient(): QueryClient {
  const onError = (error: unknown) => {
    if (!(error instanceof Problem)) return;
    if (SIGNED_OUT.has(error.code)) client.setQueryData(["session"], null);
    // A role asks for it now: the session says what is missing, and the office leads there.
    if (error.code === "session.factor_required") void client.invalidateQueries({ queryKey: ["session"] });
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      // The shop's own network counts, not what the browser believes of the internet.
      queries: { retry: shouldRetry, networkMode: "always", refetchOnWindowFocus: true },
      mutations: { networkMode: "always" },
    },
  });
  return client;
}

/** Words first, then the page: nobody sees a key instead of a word. */
export async function startApp(namespace: Namespace, router: AnyRouter, client: QueryClient): Promise<void> {
  await startWords(namespace);
  const root = document.querySelector("#root");
  if (!root) throw new Error("the page has no #root");
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
