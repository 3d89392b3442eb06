import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { cloud } from "../../api/cloud";
import { newId } from "../../api/id";
import { unwrap } from "../../api/problem";

const PAGE = 50;

/** What the list of people is narrowed to. */
export interface PeopleFilter {
  q?: string | undefined;
  location?: string | undefined;
  role?: string | undefined;
  active?: boolean | undefined;
}

export const people = ({ q, location, role, active }: PeopleFilter) =>
  infiniteQueryOptions({
    queryKey: ["people", q, location, role, active],
    queryFn: async ({ signal, pageParam }) => {
      const query = {
        limit: PAGE,
        ...(q && { q }),
        ...(location && { location_id: location }),
        ...(role && { role_id: role }),
        ...(active !== undefined && { active }),
        ...(pageParam && { cursor: pageParam }),
      };
      const page = await unwrap(cloud.GET("/v1/staff", { params: { query }, signal }));
      return { items: page.items, next: page.next_cursor ?? null };
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
  });

export const person = (staff: string) =>
  queryOptions({
    queryKey: ["person", staff],
    queryFn: ({ signal }) => unwrap(cloud.GET("/v1/staff/{staff}", { params: { path: { staff } }, signal })),
  });

/** What a person may do where, and by which role. */
export const effective = (staff: string) =>
  queryOptions({
    queryKey: ["effective", staff],
    queryFn: ({ signal }) => unwrap(cloud.GET("/v1/staff/{staff}/effective", { params: { path: { staff } }, signal })),
  });

export const regions = queryOptions({
  queryKey: ["regions"],
  queryFn: async ({ signal }) => (await unwrap(cloud.GET("/v1/regions", { signal }))).items,
  staleTime: 60_000,
});

/** Where a role counts: the whole chain when both are missing. */
export interface Place {
  location_id?: string;
  region_id?: string;
}

export interface NewGrant extends Place {
  role_id: string;
  valid_from?: string;
  valid_until?: string;
  reason?: string;
}

export const putPerson = (staff: string, name: string, email: string, grants?: NewGrant[]) =>
  unwrap(
    cloud.PUT("/v1/staff/{staff}", {
      params: { path: { staff } },
      body: { name, email: email === "" ? null : email, ...(grants && { grants: grants.map((grant) => ({ id: newId(), ...grant })) }) },
    }),
  );

export const setActive = (staff: string, active: boolean, reason: string) =>
  unwrap(cloud.PUT("/v1/staff/{staff}/activity", { params: { path: { staff } }, body: { active, reason } }));

export const putGrant = (staff: string, grant: string, body: NewGrant) =>
  unwrap(cloud.PUT("/v1/staff/{staff}/grants/{grant}", { params: { path: { staff, grant } }, body }));

export const endGrant = (staff: string, grant: string, reason: string) =>
  unwrap(cloud.DELETE("/v1/staff/{staff}/grants/{grant}", { params: { path: { staff, grant }, query: { reason } } }));

export const setPin = (staff: string, pin: string) => unwrap(cloud.PUT("/v1/staff/{staff}/pin", { params: { path: { staff } }, body: { pin } }));

export const sessionsOf = (id: string) =>
  queryOptions({
    queryKey: ["sessions-of", id],
    queryFn: async ({ signal }) => (await unwrap(cloud.GET("/v1/staff/{id}/sessions", { params: { path: { id } }, signal }))).items,
  });

export const endSessionsOf = (id: string) => unwrap(cloud.DELETE("/v1/staff/{id}/sessions", { params: { path: { id } } }));

export const invitations = queryOptions({
  queryKey: ["invitations"],
  queryFn: async ({ signal }) => (await unwrap(cloud.GET("/v1/invitations", { signal }))).items,
});

export const invite = (email: string, grant: NewGrant) =>
  unwrap(
    cloud.POST("/v1/invitations", {
      body: { email, grants: [{ role: grant.role_id, location: grant.location_id ?? null, region: grant.region_id ?? null }] },
    }),
  );

export const revokeInvitation = (id: string) => unwrap(cloud.DELETE("/v1/invitations/{id}", { params: { path: { id } } }));
