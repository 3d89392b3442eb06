import { Outlet } from "@tanstack/react-router";

import { StationLayout } from "../station/StationLayout";
import { BasketProvider } from "./till/BasketContext";

export function PosLayout() {
  return (
    <StationLayout kind="pos">
      <BasketProvider>
        <Outlet />
      </BasketProvider>
    </StationLayout>
  );
}
