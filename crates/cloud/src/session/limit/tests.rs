use jiff::{SignedDuration, Timestamp};

use super::{FREE_TRIES_OF_ACCOUNT, FREE_TRIES_OF_ADDRESS, Failures, Subjects, count, wait_after};

const FREE: [i32; 2] = [FREE_TRIES_OF_ACCOUNT, FREE_TRIES_OF_ADDRESS];

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn none() -> Failures {
    Failures {
        count: 0,
        locked_until: at(0),
        last_at: at(0),
    }
}

#[test]
fn the_first_tries_are_free_and_then_each_waits_twice_as_long() {
    let waits: Vec<i64> = (4..=12)
        .map(|count| wait_after(count, FREE_TRIES_OF_ACCOUNT).as_secs())
        .collect();
    assert_eq!(waits, [0, 30, 60, 120, 240, 480, 900, 900, 900]);
    assert_eq!(
        wait_after(i32::MAX, FREE_TRIES_OF_ADDRESS),
        SignedDuration::from_mins(15)
    );
}

#[test]
fn an_account_is_locked_after_five_failures_and_says_for_how_long() {
    let mut kept = vec![none(), none()];
    for second in 0..5 {
        kept = count(&kept, &FREE, at(second)).unwrap();
    }
    let refused = count(&kept, &FREE, at(10)).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.status),
        ("session.locked", 429)
    );
    assert_eq!(refused.figures["retry_after_s"], 24);
    // The wait is over: one more try, and the next wait is longer.
    let kept = count(&kept, &FREE, at(34)).unwrap();
    assert_eq!(
        count(&kept, &FREE, at(35)).unwrap_err().figures["retry_after_s"],
        59
    );
}

#[test]
fn an_address_bears_more_because_many_people_share_it() {
    let mut kept = vec![none(), none()];
    for second in 0..29 {
        kept = count(&kept, &FREE, at(second)).unwrap();
        // Each time another account.
        kept[0] = none();
    }
    kept = count(&kept, &FREE, at(29)).unwrap();
    kept[0] = none();
    assert_eq!(
        count(&kept, &FREE, at(30)).unwrap_err().code,
        "session.locked"
    );
}

#[test]
fn failures_are_forgotten_after_an_hour() {
    let mut kept = vec![none()];
    for second in 0..5 {
        kept = count(&kept, &FREE, at(second)).unwrap();
    }
    let later = count(&kept, &FREE, at(3_700)).unwrap();
    assert_eq!(later[0].count, 1);
}

#[test]
fn subjects_are_hashes_of_the_account_and_the_network() {
    let of = |email, address: &str| Subjects::account(email, Some(address.parse().unwrap())).hashes;
    let [account, network] = of(" Ann@Example.com", "2001:db8::1").try_into().unwrap();
    assert_eq!(
        vec![account, network.clone()],
        of("ann@example.com", "2001:db8::ffff")
    );
    assert_ne!(network, of("ann@example.com", "2001:db8:0:1::1")[1]);
    assert_eq!(of("a", "::ffff:192.0.2.1"), of("a", "192.0.2.1"));
}
