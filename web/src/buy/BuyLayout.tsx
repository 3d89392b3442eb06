import { Outlet } from "@tanstack/react-router";

import { StationLayout } from "../station/StationLayout";
import { DraftProvider } from "./purchase/DraftContext";

export function BuyLayout() {
  return (
    <StationLayout kind="buy">
      <DraftProvider>
        <Outlet />
      </DraftProvider>
    </StationLayout>
  );
}
