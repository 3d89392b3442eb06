import { queryOptions } from "@tanstack/react-query";

import { cloud, type Session } from "../../api/cloud";
import { Problem, unwrap } from "../../api/problem";

export const session = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal }): Promise<Session | null> => {
    try {
      return await unwrap(cloud.GET("/v1/session", { signal }));
    } catch (problem) {
      if (problem instanceof Problem && problem.code === "session.missing") return null;
      throw problem;
    }
  },
  staleTime: 60_000,
});

export const signIn = (email: string, password: string) => unwrap(cloud.POST("/v1/session", { body: { email, password } }));

/** After a right password: a code of the authenticator, or a recovery code. */
export const giveFactor = (code: string) => unwrap(cloud.POST("/v1/session/second-factor", { body: { code } }));

/** The same in a session that began without it. */
export const giveMyFactor = (code: string) => unwrap(cloud.POST("/v1/me/second-factor", { body: { code } }));

/** Where else one may sign in. */
export const signInProviders = queryOptions({
  queryKey: ["sign-in-providers"],
  queryFn: async ({ signal }) => (await unwrap(cloud.GET("/v1/session/providers", { signal }))).items,
});

export const acceptInvitation = (token: string, name: string, password: string) =>
  unwrap(cloud.POST("/v1/invitations/acceptance", { body: { token, name, password } }));

/** Signs out here; the answer may name the provider's page that signs out there too. */
export const signOut = async (): Promise<string | undefined> => (await unwrap(cloud.DELETE("/v1/session")))?.provider_url;
