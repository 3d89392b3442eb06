//! Passwords that are easily guessed: those that many people have, and those made of what everybody knows about one.
use std::collections::HashSet;
use std::sync::LazyLock;

use httpkit::problem::Problem;

use super::{MAX_PASSWORD_BYTES, PASSWORD_CHARACTERS};

/// One to a line; see its first lines for where it is from.
const COMMON: &str = include_str!("common.txt");
/// The shortest word that counts when it is somebody's name.
const SHORTEST_WORD: usize = 3;
/// Letters and digits that a password must have besides such words.
const OWN_CHARACTERS: usize = 6;
/// Words that this software itself suggests.
const OURS: [&str; 3] = ["branchline", "office", "admin"];

/// Refuses what is too short, too long, or easily guessed. `about`: what everybody knows about the person.
pub(super) fn look<'a>(
    password: &str,
    about: impl IntoIterator<Item = &'a str>,
) -> Result<(), Problem> {
    if password.chars().count() < PASSWORD_CHARACTERS || password.len() > MAX_PASSWORD_BYTES {
        let message =
            format!("A password has {PASSWORD_CHARACTERS} to {MAX_PASSWORD_BYTES} characters");
        return Err(Problem::invalid("staff.password", "password", message));
    }
    let password = password.to_lowercase();
    if is_common(&password) {
        let message = "Many people have this password: it is tried first";
        return Err(Problem::invalid("password.common", "password", message));
    }
    if is_about(&password, about) {
        let message = "This password is made of your name, your e-mail, the company's name or this software's";
        return Err(Problem::invalid("password.about_you", "password", message));
    }
    Ok(())
}

fn is_common(password: &str) -> bool {
    static KNOWN: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        let lines = COMMON.lines();
        lines.filter(|line| !line.starts_with('#')).collect()
    });
    let letters: HashSet<char> = password.chars().collect();
    KNOWN.contains(password) || letters.len() == 1
}

fn is_about<'a>(password: &str, about: impl IntoIterator<Item = &'a str>) -> bool {
    let known: String = about
        .into_iter()
        .map(str::to_lowercase)
        .collect::<Vec<_>>()
        .join(" ");
    let mut words: Vec<&str> = known
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| word.chars().count() >= SHORTEST_WORD)
        .chain(OURS)
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let mut rest = password.to_owned();
    let mut is_found = false;
    for word in words {
        is_found |= rest.contains(word);
        rest = rest.replace(word, " ");
    }
    let own = rest.chars().filter(|letter| letter.is_alphanumeric());
    is_found && own.count() < OWN_CHARACTERS
}

#[cfg(test)]
mod tests {
    use super::{COMMON, look};

    #[test]
    fn passwords() {
        let check = |password: &str, expected: &str| {
            let about = [
                "Ann Admin",
                "ann.admin@corner-shops.example",
                "Corner Shops",
            ];
            let told = look(password, about).map_err(|problem| problem.code);
            assert_eq!(told.err().unwrap_or_default(), expected, "{password}");
        };
        check("correct horse battery", "");
        check("short", "staff.password");
        check(&"x1".repeat(501), "staff.password");
        check("password", "password.common");
        check("Iloveyou", "password.common");
        check("QWERTYUIOP", "password.common");
        check("zzzzzzzzzzzz", "password.common");
        check("CornerShops1", "password.about_you");
        check("ann-admin-2026", "password.about_you");
        check("Branchline!1", "password.about_you");
        check("ann likes long walks", "");
        check("mật khẩu của tôi", "");
        check(
            "\u{e23}\u{e2b}\u{e31}\u{e2a}\u{e1c}\u{e48}\u{e32}\u{e19}",
            "",
        );
    }

    #[test]
    fn the_list_has_enough_that_the_rule_would_let_pass() {
        let long = COMMON
            .lines()
            .filter(|line| !line.starts_with('#') && line.len() >= 8);
        assert!(long.count() >= 3_000);
    }
}
