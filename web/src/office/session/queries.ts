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

export const signOut = () => unwrap(cloud.DELETE("/v1/session"));
