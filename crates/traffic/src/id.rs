//! Ids that are the same at every start, so that a replay that is interrupted goes on instead of doubling.
use jiff::Timestamp;
use retail::id::Id;
use uuid::{Builder, Uuid};

/// The name space of everything that this crate names.
const NAMESPACE: Uuid = Uuid::from_u128(0x6272_616e_6368_6c69_6e65_2074_7261_6666);

/// 2017-01-01T00:00:00Z, when the recorded trade begins: the time in the ids of what has no time of its own.
const BEGINNING: Timestamp = Timestamp::constant(1_483_228_800, 0);

/// The id of something that is named once and for all, like a product.
pub(crate) fn named<T>(kind: &str, name: &str) -> Id<T> {
    dated(BEGINNING, kind, name)
}

/// The id of something that happened at `at`: a `UUIDv7` whose random part is a hash of the name.
pub(crate) fn dated<T>(at: Timestamp, kind: &str, name: &str) -> Id<T> {
    let hash = Uuid::new_v5(&NAMESPACE, format!("{kind}/{name}").as_bytes());
    let mut random = [0; 10];
    random.copy_from_slice(&hash.as_bytes()[6..]);
    let millis = u64::try_from(at.as_millisecond()).unwrap_or_default();
    Id::from_uuid(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
}

/// A number between 0 and `below`, always the same for the same name: where the source is silent (means of payment).
pub(crate) fn pick(kind: &str, name: &str, below: usize) -> usize {
    let hash = Uuid::new_v5(&NAMESPACE, format!("{kind}/{name}").as_bytes());
    let (high, _) = hash.as_u64_pair();
    usize::try_from(high % below.max(1) as u64).expect("below a usize")
}
