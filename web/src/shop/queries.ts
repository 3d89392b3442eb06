import { queryOptions } from "@tanstack/react-query";

import { cloud, type Customer } from "../api/cloud";
import { Problem, unwrap } from "../api/problem";

/** Whose shop it is. */
export const shop = queryOptions({
  queryKey: ["shop"],
  queryFn: ({ signal }) => unwrap(cloud.GET("/v1/shop", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

/** Who is signed in. */
export const customer = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal }): Promise<Customer | null> => {
    try {
      return await unwrap(cloud.GET("/v1/shop/me", { signal }));
    } catch (problem) {
      if (problem instanceof Problem && problem.code === "customer.missing") return null;
      throw problem;
    }
  },
  staleTime: 60_000,
});

export const providers = queryOptions({
  queryKey: ["providers"],
  queryFn: async ({ signal }) => (await unwrap(cloud.GET("/v1/shop/providers", { signal }))).items,
});

/** Asks for a link by e-mail, written in the language of this page. */
export const sendLink = (email: string, language: string) =>
  unwrap(cloud.POST("/v1/shop/login", { body: { email }, headers: { "accept-language": language } }));

export const signIn = (token: string) => unwrap(cloud.POST("/v1/shop/session", { body: { token } }));

/** Signs out here; the answer may name the provider's page that signs out there too. */
export const signOut = async (): Promise<string | undefined> => (await unwrap(cloud.DELETE("/v1/shop/session")))?.provider_url;

/** Where else the customer is signed in. */
export const sessions = queryOptions({
  queryKey: ["shop-sessions"],
  queryFn: async ({ signal }) => (await unwrap(cloud.GET("/v1/shop/sessions", { signal }))).items,
});

export const endSession = (id: string) => unwrap(cloud.DELETE("/v1/shop/sessions/{id}", { params: { path: { id } } }));

export const endOtherSessions = () => unwrap(cloud.DELETE("/v1/shop/sessions"));
