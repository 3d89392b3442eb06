import { queryOptions } from "@tanstack/react-query";

import { cloud } from "../../api/cloud";
import { unwrap } from "../../api/problem";

export const mySessions = queryOptions({
  queryKey: ["my-sessions"],
  queryFn: async ({ signal }) => (await unwrap(cloud.GET("/v1/me/sessions", { signal }))).items,
});

export const endMySession = (id: string) => unwrap(cloud.DELETE("/v1/me/sessions/{id}", { params: { path: { id } } }));

export const endMyOtherSessions = () => unwrap(cloud.DELETE("/v1/me/sessions"));

export const myFactor = queryOptions({
  queryKey: ["my-factor"],
  queryFn: ({ signal }) => unwrap(cloud.GET("/v1/me/totp", { signal })),
});

export const beginFactor = () => unwrap(cloud.POST("/v1/me/totp"));
export const confirmFactor = (code: string) => unwrap(cloud.POST("/v1/me/totp/confirmation", { body: { code } }));
export const removeFactor = () => unwrap(cloud.DELETE("/v1/me/totp"));
export const renewCodes = () => unwrap(cloud.POST("/v1/me/recovery-codes"));
export const changePassword = (current: string, fresh: string) => unwrap(cloud.PUT("/v1/me/password", { body: { current, new: fresh } }));
