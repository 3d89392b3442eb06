//! Products that come in sizes and colours: the cells of the matrix, and the SKUs that are made for them.
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The most options of a product.
pub const MOST_OPTIONS: usize = 3;
/// The most choices of an option.
pub const MOST_CHOICES: usize = 100;
/// The most variants of a product.
pub const MOST_VARIANTS: usize = 1_000;
/// The longest SKU that we make or take.
pub const LONGEST_SKU: usize = 60;

/// In what the variants of a product differ: size: S, M, L.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// What it is called.
    pub name: String,
    /// What there is to choose from, in the order of the list.
    pub choices: Vec<String>,
}

/// Why a matrix cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MatrixError {
    /// More than [`MOST_OPTIONS`].
    #[error("a product has at most {MOST_OPTIONS} options")]
    Options,
    /// None, more than [`MOST_CHOICES`], an empty one, or one that is there twice.
    #[error("option {option} needs 1 to {MOST_CHOICES} choices that differ")]
    Choices {
        /// Which, from 0.
        option: usize,
    },
    /// It has no name, or that of another.
    #[error("option {option} needs a name of its own")]
    Name {
        /// Which, from 0.
        option: usize,
    },
    /// More than [`MOST_VARIANTS`].
    #[error("{cells} variants are too many")]
    Cells {
        /// How many there would be.
        cells: usize,
    },
}

/// Checks options as a product has them.
///
/// # Errors
/// Each [`MatrixError`] says what is wrong.
pub fn check(options: &[Choices]) -> Result<(), MatrixError> {
    if options.len() > MOST_OPTIONS {
        return Err(MatrixError::Options);
    }
    let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
    for (option, one) in options.iter().enumerate() {
        let is_double = options[..option]
            .iter()
            .any(|other| same(&other.name, &one.name));
        if one.name.trim() != one.name || one.name.is_empty() || is_double {
            return Err(MatrixError::Name { option });
        }
        let is_bad = |(place, choice): (usize, &String)| {
            choice.trim() != choice
                || choice.is_empty()
                || one.choices[..place].iter().any(|other| same(other, choice))
        };
        if !(1..=MOST_CHOICES).contains(&one.choices.len())
            || one.choices.iter().enumerate().any(is_bad)
        {
            return Err(MatrixError::Choices { option });
        }
    }
    let cells = options
        .iter()
        .map(|one| one.choices.len())
        .try_fold(1_usize, usize::checked_mul)
        .unwrap_or(usize::MAX);
    if cells > MOST_VARIANTS {
        return Err(MatrixError::Cells { cells });
    }
    Ok(())
}

/// Every cell, the last option fastest: S red, S blue, M red, M blue. One cell without choices when there is no option.
///
/// # Errors
/// As [`check`].
pub fn cells(options: &[Choices]) -> Result<Vec<Vec<String>>, MatrixError> {
    check(options)?;
    let mut cells = vec![Vec::new()];
    for option in options {
        cells = cells
            .iter()
            .flat_map(|cell: &Vec<String>| {
                option.choices.iter().map(|choice| {
                    let mut longer = cell.clone();
                    longer.push(choice.clone());
                    longer
                })
            })
            .collect();
    }
    Ok(cells)
}

/// The SKU of a cell by a pattern: `TS-{size}-{colour}` or `TS-{1}-{2}`. What the pattern does not name is put behind it,
/// so that no two cells have one SKU.
#[must_use]
pub fn sku(pattern: &str, options: &[Choices], cell: &[String]) -> String {
    let mut sku = pattern.to_owned();
    for (place, (option, choice)) in options.iter().zip(cell).enumerate() {
        let short = short(choice, &option.choices);
        let by_name = format!("{{{}}}", option.name.to_lowercase());
        let by_place = format!("{{{}}}", place + 1);
        let lower = sku.to_lowercase();
        // Small letters of some languages are longer than capital ones: then the place is another one.
        let found = lower.find(&by_name).filter(|_| lower.len() == sku.len());
        if let Some(at) =
            found.filter(|at| sku.is_char_boundary(*at) && sku.is_char_boundary(at + by_name.len()))
        {
            sku.replace_range(at..at + by_name.len(), &short);
        } else if sku.contains(&by_place) {
            sku = sku.replace(&by_place, &short);
        } else {
            if !sku.is_empty() && !sku.ends_with('-') {
                sku.push('-');
            }
            sku.push_str(&short);
        }
    }
    sku.chars().take(LONGEST_SKU).collect()
}

/// A choice as it stands in an SKU: capital letters and digits without accents; its number where none are left, or where
/// another choice looks the same.
fn short(choice: &str, choices: &[String]) -> String {
    let bare = |text: &str| -> String {
        text.nfd()
            .filter(|letter| !is_combining_mark(*letter))
            .map(|letter| {
                if matches!(letter, 'đ' | 'Đ') {
                    'D'
                } else {
                    letter
                }
            })
            .filter(char::is_ascii_alphanumeric)
            .map(|letter| letter.to_ascii_uppercase())
            .take(12)
            .collect()
    };
    let text = bare(choice);
    let alike = choices.iter().filter(|other| bare(other) == text).count();
    if !text.is_empty() && alike == 1 {
        return text;
    }
    let place = choices.iter().position(|other| other == choice);
    format!("{text}{}", place.map_or(0, |place| place + 1))
}

#[cfg(test)]
mod tests {
    use super::{Choices, MatrixError, cells, sku};

    fn option(text: &str) -> Choices {
        let (name, choices) = text.split_once(": ").unwrap();
        Choices {
            name: name.to_owned(),
            choices: choices.split(' ').map(str::to_owned).collect(),
        }
    }

    #[test]
    fn a_matrix_has_a_cell_for_each_choice_of_each_option() {
        let options = [option("size: S M L"), option("colour: Đỏ xanh")];
        let made: Vec<String> = cells(&options)
            .unwrap()
            .iter()
            .map(|cell| sku("TS-{size}-{colour}", &options, cell))
            .collect();
        assert_eq!(
            made,
            [
                "TS-S-DO",
                "TS-S-XANH",
                "TS-M-DO",
                "TS-M-XANH",
                "TS-L-DO",
                "TS-L-XANH"
            ]
        );
        assert_eq!(cells(&[]).unwrap(), [Vec::<String>::new()]);
    }

    #[test]
    fn choices_that_look_the_same_are_numbered() {
        let options = [option("màu: แดง ดำ do đo")];
        let made: Vec<String> = cells(&options)
            .unwrap()
            .iter()
            .map(|cell| sku("X", &options, cell))
            .collect();
        assert_eq!(made, ["X-1", "X-2", "X-DO3", "X-DO4"]);
    }

    #[test]
    fn what_makes_no_matrix_is_said() {
        for (options, expected) in [
            (vec![option("a: 1 1")], MatrixError::Choices { option: 0 }),
            (
                vec![option("a: 1"), option("A: 2")],
                MatrixError::Name { option: 1 },
            ),
            (
                vec![
                    option("a: 1"),
                    option("b: 1"),
                    option("c: 1"),
                    option("d: 1"),
                ],
                MatrixError::Options,
            ),
        ] {
            assert_eq!(cells(&options), Err(expected));
        }
        let many: Vec<String> = (0..40).map(|n| n.to_string()).collect();
        let wide = |name: &str| Choices {
            name: name.to_owned(),
            choices: many.clone(),
        };
        assert_eq!(
            cells(&[wide("a"), wide("b")]),
            Err(MatrixError::Cells { cells: 1_600 })
        );
    }
}
