//! The office: what people see and do in a browser.
use utoipa_axum::router::OpenApiRouter;

use crate::cloud::Cloud;

/// What the office keeps in memory; never needed for correctness.
#[derive(Default)]
pub(crate) struct Office {}

/// The endpoints of the office.
pub(crate) fn router() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
}
