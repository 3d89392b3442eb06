//! What the fashion chain sells: collections of styles in sizes and colours, with names, prices and barcodes. Authored.
use jiff::{ToSpan, civil::Date};
use retail::{
    catalog::{Barcode, CategoryId, VariantId},
    price::Price,
    quantity::Unit,
};
use rust_decimal::Decimal;

use super::{
    season,
    words::{COLOURS, Cut, KINDS, LINES, LINES_EN, Sizes},
};
use crate::{
    chain::{Category, Matrix, Origin, Product, Variant},
    dice::{Dice, fixed},
    id::named,
    window::Window,
};

/// VAT on clothes, included in every price: 8 % instead of 10 % while the reduction lasts.
const TAX_BPS: i32 = 800;
/// The first year that may have collections.
const FIRST_YEAR: i16 = 2020;
/// What the options of a product are called.
const SIZE: &str = "Kích cỡ";
const COLOUR: &str = "Màu";

/// What a collection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Season {
    /// Always there.
    Core,
    /// March to August.
    Summer,
    /// September to February.
    Winter,
    /// The weeks before Tết.
    Tet,
}

impl Season {
    const ALL: [Self; 4] = [Self::Core, Self::Summer, Self::Winter, Self::Tet];

    const fn code(self) -> &'static str {
        match self {
            Self::Core => "CB",
            Self::Summer => "XH",
            Self::Winter => "TD",
            Self::Tet => "TET",
        }
    }

    const fn styles(self) -> usize {
        match self {
            Self::Core => 44,
            Self::Summer | Self::Winter => 34,
            Self::Tet => 14,
        }
    }

    const fn digit(self) -> u64 {
        match self {
            Self::Core => 0,
            Self::Summer => 1,
            Self::Winter => 2,
            Self::Tet => 3,
        }
    }

    /// When the collection of that year comes, and when its last pieces go.
    fn life(self, year: i16) -> Option<(Date, Date)> {
        let day = |month, day| Date::new(year, month, day).ok();
        match self {
            Self::Core => Some((day(1, 1)?, Date::new(year + 20, 1, 1).ok()?)),
            Self::Summer => Some((day(2, 24)?, day(9, 30)?)),
            Self::Winter => Some((day(8, 25)?, Date::new(year + 1, 3, 31).ok()?)),
            Self::Tet => {
                let tet = season::tet_of(year)?;
                Some((tet.saturating_sub(52.days()), tet.saturating_add(30.days())))
            }
        }
    }
}

/// A product with what decides how it sells.
#[derive(Debug, Clone)]
pub(super) struct Style {
    pub(super) product: Product,
    pub(super) season: Season,
    pub(super) launch: Date,
    end: Date,
    /// How well it is liked, in thousandths.
    popularity: i64,
    cut: &'static Cut,
    /// How the variants share what is sold.
    pub(super) shares: Vec<i64>,
    /// Of one piece, in dong.
    pub(super) price: i64,
}

impl Style {
    /// How likely a customer takes it on that day; 0 when it is not there.
    pub(super) fn weight(&self, date: Date, is_north: bool) -> i64 {
        if date < self.launch || date > self.end {
            return 0;
        }
        let age = i64::from((date - self.launch).get_days());
        let fresh = match self.season {
            Season::Core => 520,
            Season::Tet => 1_500,
            // New arrivals are wanted most in their second to sixth week.
            Season::Summer | Season::Winter => match age {
                0..14 => 500 + 50 * age,
                14..45 => 1_200,
                _ => (1_200 - 6 * (age - 45)).max(350),
            },
        };
        let place = if is_north {
            self.cut.north
        } else {
            self.cut.south
        };
        let month = usize::from(date.month().unsigned_abs()) - 1;
        let warm = self.cut.warmth[month / 3];
        let cheaper = 1_000 + 20 * self.discount(date).map_or(0, |(percent, _)| percent);
        [self.popularity, place, warm, cheaper]
            .into_iter()
            .fold(fresh, |all, factor| all * factor / 1_000)
    }

    /// By how many hundredths it is cheaper on that day, and why.
    pub(super) fn discount(&self, date: Date) -> Option<(i64, &'static str)> {
        let leaving = match season::end_of_season(date) {
            Some(season::Leaving::Summer) => self.season == Season::Summer,
            Some(season::Leaving::Winter) => {
                matches!(self.season, Season::Winter | Season::Tet) && self.launch < date
            }
            None => false,
        };
        if leaving {
            return Some((30, "Xả hàng cuối mùa"));
        }
        if self.end < date.saturating_add(45.days()) && self.season != Season::Core {
            return (season::to_tet(date) < 0 || self.season == Season::Summer)
                .then_some((50, "Đồng giá cuối mùa"));
        }
        season::day_of_discounts(date).filter(|_| self.season != Season::Core)
    }
}

/// All styles that are there at some time of `window`, by collection.
pub(super) fn styles(window: Window) -> Vec<Style> {
    let mut styles = Vec::new();
    for year in FIRST_YEAR..=window.anchor.year() {
        for season in Season::ALL {
            if season == Season::Core && year != FIRST_YEAR {
                continue;
            }
            let Some((launch, end)) = season.life(year) else {
                continue;
            };
            if launch > window.anchor || end < window.from {
                continue;
            }
            styles.extend(
                (0..season.styles()).map(|number| style(season, year, number, (launch, end))),
            );
        }
    }
    styles
}

/// The shelves, parents first.
pub(super) fn categories() -> Vec<Category> {
    let mut categories: Vec<Category> = Vec::new();
    for cut in KINDS {
        for (parent, name) in [(None, cut.shelf.0), (Some(cut.shelf.0), cut.shelf.1)] {
            let id = shelf_id(parent, name);
            if categories.iter().all(|known| known.id != id) {
                categories.push(Category {
                    id,
                    parent: parent.map(|parent| shelf_id(None, parent)),
                    name: name.to_owned(),
                });
            }
        }
    }
    categories
}

fn shelf_id(parent: Option<&str>, name: &str) -> CategoryId {
    named(
        "category",
        &format!("fashion/{}/{name}", parent.unwrap_or_default()),
    )
}

fn style(season: Season, year: i16, number: usize, life: (Date, Date)) -> Style {
    let code = format!("{}{:02}-{:02}", season.code(), year % 100, number + 1);
    let mut dice = Dice::of(&code);
    let fitting: Vec<&'static Cut> = KINDS
        .iter()
        .filter(|cut| cut.seasons.contains(&season))
        .collect();
    let cut = fitting[number % fitting.len()];
    let name = name(cut, number, &mut dice);
    let price = 1_000 * (dice.between(cut.price.0, cut.price.1) / 10 * 10 + 9);
    // What a collection brings comes in two parts, three weeks apart.
    let launch = if season == Season::Core || number.is_multiple_of(2) {
        life.0
    } else {
        life.0.saturating_add(21.days())
    };
    let first = (u64::from(year.unsigned_abs()) * 10 + season.digit()) * 100 + number as u64;
    let (product, shares) = matrix(&code, &name, cut, price, first, &mut dice);
    Style {
        product,
        season,
        launch,
        end: life.1,
        popularity: fixed(&format!("{code}/liked"), 350, 1_900),
        cut,
        shares,
        price,
    }
}

/// Names of the women's brand are Vietnamese, those of the men's and the young people's English.
fn name(cut: &Cut, number: usize, dice: &mut Dice) -> String {
    let material = cut.materials[dice.place(cut.materials.len())];
    let detail = cut.details[dice.place(cut.details.len())];
    if cut.is_english {
        let line = LINES_EN[(number * 7 + dice.place(5)) % LINES_EN.len()];
        format!("{line} {material} {} {detail}", cut.name)
    } else {
        let line = LINES[(number * 7 + dice.place(5)) % LINES.len()];
        format!("{} {material} {detail} {line}", cut.name)
    }
}

/// The product with a variant for every size in every colour, and how they share what is sold.
fn matrix(
    code: &str,
    name: &str,
    cut: &Cut,
    price: i64,
    first: u64,
    dice: &mut Dice,
) -> (Product, Vec<i64>) {
    let sizes = cut.sizes.names();
    let from = dice.place(COLOURS.len());
    let colours = (0..cut.colours).map(|nth| COLOURS[(from + nth * 5) % COLOURS.len()]);
    let colours: Vec<(&str, &str)> = colours.collect();
    let (mut variants, mut shares) = (Vec::new(), Vec::new());
    for (colour, &(colour_code, colour_name)) in colours.iter().enumerate() {
        for (size, &(size_name, share)) in sizes.iter().enumerate() {
            let sku = if cut.sizes == Sizes::One {
                format!("{code}-{colour_code}")
            } else {
                format!("{code}-{colour_code}-{size_name}")
            };
            let choices = match cut.sizes {
                Sizes::One => vec![colour_name.to_owned()],
                Sizes::Letters | Sizes::Inches => {
                    vec![size_name.to_owned(), colour_name.to_owned()]
                }
            };
            let nth = (colour * sizes.len() + size) as u64;
            variants.push(Variant {
                id: variant_id(&sku),
                name: format!("{name}, {}", choices.join(", ")),
                unit: Unit::Piece,
                price: Price::new(Decimal::from(price), 1).expect("whole dong"),
                tax_bps: TAX_BPS,
                choices,
                barcode: Barcode::in_house(first * 100 + nth).expect("nine digits"),
                sku,
            });
            // The first colour is the one that hangs in the window.
            shares.push(share * if colour == 0 { 16 } else { 10 });
        }
    }
    let sizes: Vec<String> = sizes.iter().map(|size| size.0.to_owned()).collect();
    let colours = colours.iter().map(|colour| colour.1.to_owned()).collect();
    let mut options = vec![(COLOUR, colours)];
    if cut.sizes != Sizes::One {
        options.insert(0, (SIZE, sizes));
    }
    let product = Product {
        id: named("product", code),
        category: shelf_id(Some(cut.shelf.0), cut.shelf.1),
        name: name.to_owned(),
        matrix: Some(Matrix {
            brand: cut.brand,
            options,
        }),
        variants,
        origin: Origin::Authored,
    };
    (product, shares)
}

fn variant_id(sku: &str) -> VariantId {
    named("variant", sku)
}
