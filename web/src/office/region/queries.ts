import { cloud } from "../../api/cloud";
import { unwrap } from "../../api/problem";

export interface RegionChange {
  code: string;
  name: string;
  location_ids: string[];
}

/** Enters a region or changes it; branches that it gets leave the one they were in. */
export const putRegion = (region: string, body: RegionChange) => unwrap(cloud.PUT("/v1/regions/{region}", { params: { path: { region } }, body }));

/** Removes a region that nothing uses; the refusal says what still does. */
export const removeRegion = (region: string) => unwrap(cloud.DELETE("/v1/regions/{region}", { params: { path: { region } } }));
