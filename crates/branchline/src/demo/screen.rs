//! What the demo prints: where things are, who may sign in, what is real, what to try.
use std::{
    fmt::Write as _,
    io::{self, IsTerminal, Write as _},
};

use serde_json::{Value, json};
use traffic::{
    avocado,
    chain::{Chain, Location, LocationKind, Role, Staff},
    grocery,
};

/// Where office and shops are served.
#[derive(Debug, Clone)]
pub(super) struct Addresses {
    /// The office's, like `http://127.0.0.1:8080`.
    pub(super) office: String,
    /// The shops', in the order of the chain's locations.
    pub(super) shops: Vec<String>,
}

/// How much is said while the demo loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    /// Lines that are replaced by the next one.
    Terminal,
    /// A line for each step: the output goes to a file or a pipe.
    Plain,
    /// Nothing but one JSON object.
    Json,
}

impl Voice {
    pub(super) fn of(json: bool) -> Self {
        if json {
            Self::Json
        } else if io::stdout().is_terminal() {
            Self::Terminal
        } else {
            Self::Plain
        }
    }

    /// A line that stays.
    pub(super) fn say(self, text: &str) {
        match self {
            Self::Terminal => print(&format!("\r\x1b[K{text}\n")),
            Self::Plain => print(&format!("{text}\n")),
            Self::Json => {}
        }
    }

    /// A line that the next one replaces; only on a terminal.
    pub(super) fn hint(self, text: &str) {
        if self == Self::Terminal {
            print(&format!("\r\x1b[K{text}"));
        }
    }

    /// Text of several lines.
    pub(super) fn raw(self, text: &str) {
        if self != Self::Json {
            self.hint("");
            print(text);
        }
    }

    /// The one object of `--json`.
    pub(super) fn answer(self, value: &Value) {
        if self == Self::Json {
            print(&format!("{value}\n"));
        }
    }
}

/// Writes at once; a closed pipe ends nothing, for the demo serves on.
pub(super) fn print(text: &str) {
    let mut out = io::stdout();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Where to look after the storm.
pub(super) fn after_storm(chain: &Chain, addresses: &Addresses, page: &str) -> String {
    let administrator = chain
        .staff
        .iter()
        .find(|person| person.role == Role::Administrator);
    let (email, password) = administrator
        .and_then(|person| person.login)
        .unwrap_or_default();
    format!(
        "  What has happened  {page}\n  The office's word  {}/office/integrity ({email}, {password})\n\n  \
         Everything serves on; Ctrl-C ends it. Start it again for another storm.\n\n",
        addresses.office
    )
}

/// The page that one sees first at a location.
fn page(location: &Location) -> &'static str {
    match location.kind {
        LocationKind::Shop => "/pos",
        LocationKind::BuyingStation => "/buy",
    }
}

/// Everything a visitor needs.
pub(super) fn welcome(chain: &Chain, addresses: &Addresses, data: &str) -> String {
    let mut text = String::new();
    let mut line =
        |content: &str| writeln!(text, "{}", content.trim_end()).expect("a string takes it");
    line("");
    line(&format!(
        "  {} runs: {} and the office.",
        chain.company,
        places(chain)
    ));
    line("");
    line(&format!("  Office            {}/office", addresses.office));
    for person in chain
        .staff
        .iter()
        .rev()
        .filter(|person| person.login.is_some())
    {
        line(&office_login(chain, person));
    }
    line("");
    for (location, address) in chain.locations.iter().zip(&addresses.shops) {
        line(&format!(
            "  {:<17} {address}{}",
            location.name,
            page(location)
        ));
        line(&format!(
            "    PINs            {}",
            pins(chain, location, |role| role != Role::BranchManager)
        ));
        line(&format!(
            "    Manager's PIN   {}",
            pins(chain, location, |role| role == Role::BranchManager)
        ));
        line(&format!(
            "    Free for you    {}",
            visitors_register(location)
        ));
    }
    line("");
    let sources = if chain.is_authored {
        [all_is_authored(chain), Vec::new()]
    } else {
        [what_is_real(chain), what_is_authored(chain)]
    };
    let sources = sources
        .into_iter()
        .filter(|paragraph| !paragraph.is_empty());
    for paragraph in sources.chain([what_to_try(chain)]) {
        for content in &paragraph {
            line(content);
        }
        line("");
    }
    line(&format!(
        "  Everything lies in {data}. Ctrl-C stops all of it; the next start goes on from there."
    ));
    line("");
    text
}

fn office_login(chain: &Chain, person: &Staff) -> String {
    let (email, password) = person.login.unwrap_or_default();
    let place = chain
        .locations
        .iter()
        .find(|location| Some(location.id) == person.location);
    let what = place.map_or("all branches", |location| location.name);
    format!("    {what:<15}  {email:<24} {password:<15} {}", person.name)
}

fn pins(chain: &Chain, location: &Location, is_meant: impl Fn(Role) -> bool) -> String {
    let here = |person: &&Staff| person.location == Some(location.id) && is_meant(person.role);
    let people = chain.staff.iter().filter(here);
    let pins = people.filter_map(|person| Some(format!("{} {}", person.name, person.pin?)));
    pins.collect::<Vec<_>>().join(", ")
}

fn visitors_register(location: &Location) -> &str {
    location
        .registers
        .last()
        .map_or("", |register| register.name.as_str())
}

/// `2 shops, a buying station`.
fn places(chain: &Chain) -> String {
    let of = |kind| {
        let here = chain
            .locations
            .iter()
            .filter(|location| location.kind == kind);
        here.count()
    };
    let counted = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("a {one}")),
        count => Some(format!("{count} {many}")),
    };
    let kinds = [
        counted(of(LocationKind::Shop), "shop", "shops"),
        counted(
            of(LocationKind::BuyingStation),
            "buying station",
            "buying stations",
        ),
    ];
    kinds.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Every page says it too.
fn all_is_authored(chain: &Chain) -> Vec<String> {
    let documents = chain.baskets.len() + chain.purchases.len();
    let documents = thousands(i64::try_from(documents).unwrap_or(i64::MAX));
    vec![
        "  Made up           everything: company, brands, people, products, prices and figures. No such company exists.".to_owned(),
        format!("                    {documents} documents follow the weeks, seasons and holidays of the country up to"),
        format!("                    {}, the same at every start.", chain.anchor),
    ]
}

fn what_is_real(chain: &Chain) -> Vec<String> {
    vec![
        "  Real              every basket, price and discount of two grocery shops in 2017, moved by whole days".to_owned(),
        format!("                    so that the last one falls on {}. {}.", chain.anchor, grocery::ATTRIBUTION),
        format!("                    Avocados: weekly US sales and prices, one in {} bought here.", thousands(avocado::SCALE)),
        format!("                    {}.", avocado::ATTRIBUTION),
        format!("                    {} recorded lines could not be sold (quantity 0): branchline demo --rejected", chain.rejected.len()),
    ]
}

fn what_is_authored(chain: &Chain) -> Vec<String> {
    let by_weight = chain
        .products
        .iter()
        .filter(|product| product.origin == traffic::chain::Origin::Authored)
        .map(|product| product.name.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    vec![
        "  Made up           people, suppliers, tills and shifts, cash or card, opening stock, times of purchases,".to_owned(),
        format!("                    and one product for the scale: {by_weight}."),
    ]
}

fn what_to_try(chain: &Chain) -> Vec<String> {
    let first_of = |kind| {
        chain
            .locations
            .iter()
            .find(|location| location.kind == kind)
    };
    let mut ideas = Vec::new();
    if let Some(shop) = first_of(LocationKind::Shop) {
        let till = visitors_register(shop);
        ideas.push(format!(
            "Open the office, then sell something at {till} of {}: today's revenue",
            shop.name
        ));
        ideas.push("   moves within a second, without a reload.".to_owned());
    }
    if chain.is_authored {
        ideas.push(
            "Compare with the year before: the overview does, also for a day of last month."
                .to_owned(),
        );
    }
    if let Some(station) = first_of(LocationKind::BuyingStation) {
        let scale = visitors_register(station);
        ideas.push(format!(
            "At {}, {scale}: buy by weight: gross and tare in, net and",
            station.name
        ));
        ideas.push("   ticket out.".to_owned());
    }
    ideas.push(format!(
        "Kill this process at any moment (kill -9 {}) and start the demo again:",
        std::process::id()
    ));
    ideas.push("   nothing is lost, nothing is doubled.".to_owned());
    let with = if chain.is_authored {
        "its trade"
    } else {
        "the input files"
    };
    ideas.push(format!(
        "branchline demo --check compares every day and every product with {with}."
    ));
    numbered("Try", &ideas)
}

/// Ideas in a column below a word; a line that begins with spaces goes on with the one before.
fn numbered(word: &str, ideas: &[String]) -> Vec<String> {
    let mut number = 0;
    let line = |(place, idea): (usize, &String)| {
        let word = if place == 0 { word } else { "" };
        if idea.starts_with(' ') {
            return format!("  {word:<17} {idea}");
        }
        number += 1;
        format!("  {word:<17} {number}. {idea}")
    };
    ideas.iter().enumerate().map(line).collect()
}

/// `10000` as `10,000`.
pub(super) fn thousands(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

/// The same for programs: one object.
pub(super) fn object(chain: &Chain, addresses: &Addresses, data: &str) -> Value {
    let locations: Vec<Value> = chain
        .locations
        .iter()
        .zip(&addresses.shops)
        .map(|(location, address)| {
            let people = chain.staff.iter().filter(|person| person.location == Some(location.id) && person.pin.is_some());
            json!({
                "id": location.id.as_uuid(),
                "code": location.code,
                "name": location.name,
                "kind": match location.kind {
                    LocationKind::Shop => "shop",
                    LocationKind::BuyingStation => "buying_station",
                },
                "url": address,
                "page": format!("{address}{}", page(location)),
                "registers": location.registers.iter().map(|register| json!({"id": register.id.as_uuid(), "name": register.name})).collect::<Vec<_>>(),
                "staff": people.map(|person| json!({"id": person.id.as_uuid(), "name": person.name, "role": person.role.code(), "pin": person.pin})).collect::<Vec<_>>(),
            })
        })
        .collect();
    let logins: Vec<Value> = chain
        .staff
        .iter()
        .filter_map(|person| {
            let (email, password) = person.login?;
            Some(json!({"name": person.name, "role": person.role.code(), "email": email, "password": password}))
        })
        .collect();
    json!({
        "company": chain.company,
        "authored": chain.is_authored,
        "office": addresses.office,
        "locations": locations,
        "logins": logins,
        "anchor": chain.anchor,
        "rejected": chain.rejected.len(),
        "data": data,
    })
}

/// The lines that cannot be sold, with everything that the source says about them.
pub(super) fn rejected(chain: &Chain) -> String {
    let mut text = String::new();
    let mut line =
        |content: String| writeln!(text, "{}", content.trim_end()).expect("a string takes it");
    line(
        "shop,basket,sold_at,product,name,sales_value,loyalty_discount,coupon_match,coupon,reason"
            .to_owned(),
    );
    for row in &chain.rejected {
        let shop = chain
            .locations
            .iter()
            .find(|location| location.id == row.location);
        line(format!(
            "{},{},{},{},\"{}\",{},{},{},{},{}",
            shop.map_or("", |location| location.code),
            row.basket,
            row.at,
            row.product,
            row.name.replace('"', "\"\""),
            row.sales_value,
            row.loyalty,
            row.coupon_match,
            row.coupon,
            row.reason,
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use traffic::{grocery, kind::Kind, window::Window};

    use super::{Addresses, object, rejected, thousands, welcome};

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (10_000, "10,000"),
            (-1_234_567, "-1,234,567"),
        ] {
            assert_eq!(thousands(number), text);
        }
    }

    #[test]
    fn the_screen_names_addresses_people_and_sources() {
        let chain = grocery::chain(Window::all(date(2026, 11, 22)));
        let addresses = Addresses {
            office: "http://127.0.0.1:8080".to_owned(),
            shops: (8081..=8083)
                .map(|port| format!("http://127.0.0.1:{port}"))
                .collect(),
        };
        let text = welcome(&chain, &addresses, "/tmp/x");
        for part in [
            "8083/buy",
            "Ana Costa 2921",
            "admin@journey.example",
            grocery::ATTRIBUTION,
            "284 recorded lines",
        ] {
            assert!(text.contains(part), "{part}:\n{text}");
        }
        assert!(
            text.lines().all(|line| line.chars().count() <= 110),
            "{text}"
        );
        assert_eq!(
            object(&chain, &addresses, "/tmp/x")["locations"][2]["url"],
            "http://127.0.0.1:8083"
        );
        assert_eq!(rejected(&chain).lines().count(), 285);
    }

    #[test]
    fn an_authored_chain_says_so() {
        for kind in [Kind::Fashion, Kind::Buying] {
            let chain = kind.chain(Window::last(date(2026, 11, 22), 3));
            let shops = chain.locations.len();
            let addresses = Addresses {
                office: "http://127.0.0.1:8080".to_owned(),
                shops: vec!["http://127.0.0.1:8081".to_owned(); shops],
            };
            let text = welcome(&chain, &addresses, "/tmp/x");
            assert!(text.contains("No such company exists"), "{text}");
            assert!(!text.contains(grocery::ATTRIBUTION), "{text}");
            assert_eq!(object(&chain, &addresses, "/tmp/x")["authored"], true);
            assert!(
                text.lines().all(|line| line.chars().count() <= 112),
                "{text}"
            );
        }
    }
}
