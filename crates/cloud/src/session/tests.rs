use argon2::PasswordHash;

use super::{NOBODYS_HASH, is_right};

#[test]
fn nobodys_hash_takes_as_long_as_a_real_one_and_fits_nothing() {
    let parsed = PasswordHash::new(NOBODYS_HASH).unwrap();
    let real = argon2::Params::default();
    let params = argon2::Params::try_from(&parsed).unwrap();
    assert_eq!(
        (params.m_cost(), params.t_cost(), params.p_cost()),
        (real.m_cost(), real.t_cost(), real.p_cost())
    );
    assert!(parsed.hash.is_some_and(|hash| hash.len() == 32));
    assert!(!is_right("", NOBODYS_HASH));
}
