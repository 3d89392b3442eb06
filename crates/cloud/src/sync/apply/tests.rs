use jiff::Timestamp;

use super::retry_at;

#[test]
fn retries_come_ever_later_up_to_ten_minutes() {
    let start = Timestamp::UNIX_EPOCH;
    let seconds: Vec<i64> = (1..=9)
        .map(|attempts| retry_at(start, attempts).as_second())
        .collect();
    assert_eq!(seconds, [5, 10, 20, 40, 80, 160, 320, 600, 600]);
}
