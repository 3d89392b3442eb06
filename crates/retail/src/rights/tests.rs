//! The transitions one by one, and any sequence of them against a shelf that knows the truth.
use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::{Answer, Bucket, CloudAccount, Ledgers, Move, NodeAccount, ReservationState};
use crate::quantity::Quantity;

mod voucher;

const fn q(units: i64) -> Quantity {
    Quantity::new(units)
}

fn node(rights: i64, claim_bound: i64, debt: i64, picked: i64) -> NodeAccount {
    NodeAccount {
        rights: q(rights),
        exportable: q(rights),
        claim_bound: q(claim_bound),
        debt: q(debt),
        picked: q(picked),
        ..NodeAccount::default()
    }
}

/// `N C D K` of the node, then a step: `sell 2`, `count 5`, `pick 2 1`, `found 1`, `counted 3 1`, `override 1`, …
fn check(start: [i64; 4], step: &str, expected: &Expect) {
    let mut account = node(start[0], start[1], start[2], start[3]);
    let words: Vec<&str> = step.split(' ').collect();
    let number = |at: usize| q(words[at].parse().expect("a number"));
    let answer = |account: &mut NodeAccount, needed, answer| match account.shortage(needed) {
        Some(shortage) => account.settle(shortage, answer).and_then(|mut moves| {
            moves.extend(account.sell(needed)?);
            Ok(moves)
        }),
        None => account.sell(needed),
    };
    let moves = match words[0] {
        "sell" => account.sell(number(1)),
        "receive" => account.receive(number(1), false),
        "receive-weak" => account.receive(number(1), true),
        "take-back" => account.take_back(number(1), number(2)),
        "count" => account.count(number(1)).map(|count| count.moves),
        "return" => account.give_back(number(1)),
        "credit" => account.credit(number(1)),
        "pick" => account.pick(number(1), number(2)),
        "unpick" => account.unpick(number(1)),
        "hand-over" => account.hand_over(number(1)),
        "found" => answer(&mut account, number(1), Answer::Found),
        "counted" => answer(&mut account, number(2), Answer::Counted(number(1))),
        "override" => answer(&mut account, number(1), Answer::Override),
        other => panic!("{other} is no step"),
    };
    let told = match moves {
        Ok(moves) => format!(
            "{} | N {} C {} D {} K {} | exportable {}",
            moves
                .iter()
                .map(|one| format!("{}{:+}", one.bucket.code(), one.quantity.base_units()))
                .collect::<Vec<_>>()
                .join(" "),
            account.rights,
            account.claim_bound,
            account.debt,
            account.picked,
            account.exportable
        ),
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&told);
}

#[test]
fn a_node_sells_what_it_holds_and_no_more() {
    check(
        [3, 1, 0, 0],
        "sell 3",
        &expect!["N-3 | N 0 C 1 D 0 K 0 | exportable 0"],
    );
    check([2, 1, 0, 0], "sell 3", &expect!["3 are needed, 2 are held"]);
    check([2, 1, 0, 0], "sell 0", &expect!["0 is no quantity to move"]);
}

#[test]
fn a_count_serves_the_promises_first() {
    check(
        [3, 2, 0, 0],
        "count 5",
        &expect![" | N 3 C 2 D 0 K 0 | exportable 3"],
    );
    check(
        [3, 2, 0, 0],
        "count 7",
        &expect!["N+2 | N 5 C 2 D 0 K 0 | exportable 5"],
    );
    check(
        [3, 2, 0, 0],
        "count 2",
        &expect!["N-3 | N 0 C 2 D 0 K 0 | exportable 0"],
    );
    check(
        [3, 2, 0, 0],
        "count 1",
        &expect!["N-3 D+1 | N 0 C 2 D 1 K 0 | exportable 0"],
    );
    check(
        [0, 2, 1, 0],
        "count 4",
        &expect!["N+2 D-1 | N 2 C 2 D 0 K 0 | exportable 2"],
    );
    check(
        [0, 2, 0, 3],
        "count 2",
        &expect![" | N 0 C 2 D 0 K 3 | exportable 0"],
    );
}

#[test]
fn goods_that_come_back_are_sold_here_or_put_aside() {
    // Nobody far away is promised what one person has looked at, and a claim without a unit waits for better goods.
    check(
        [1, 2, 1, 0],
        "take-back 2 1",
        &expect!["N+2 U+1 | N 3 C 2 D 1 K 0 | exportable 1"],
    );
    check(
        [0, 0, 0, 0],
        "take-back 0 1",
        &expect!["U+1 | N 0 C 0 D 0 K 0 | exportable 0"],
    );
    check(
        [0, 0, 0, 0],
        "take-back 0 0",
        &expect!["0 is no quantity to move"],
    );
    check(
        [0, 0, 0, 0],
        "take-back 3 -1",
        &expect!["-1 is no quantity to move"],
    );
}

#[test]
fn a_till_that_lacks_a_right_asks() {
    // Nobody else can own it.
    check(
        [0, 0, 0, 0],
        "found 1",
        &expect!["N+1 N-1 | N 0 C 0 D 0 K 0 | exportable 0"],
    );
    // The cloud may have promised it; a picked unit is not a found one.
    check(
        [0, 1, 0, 0],
        "found 1",
        &expect!["1 are needed, 0 are held"],
    );
    check(
        [0, 0, 0, 1],
        "found 1",
        &expect!["1 are needed, 0 are held"],
    );
    // Two on the shelf, one promised: one is free.
    check(
        [0, 1, 0, 0],
        "counted 2 1",
        &expect!["N+1 N-1 | N 0 C 1 D 0 K 0 | exportable 0"],
    );
    check(
        [0, 1, 0, 0],
        "counted 1 1",
        &expect!["2 are needed, 1 are held"],
    );
    // A supervisor sells what may be promised: the claim stays, as debt.
    check(
        [0, 1, 0, 0],
        "override 1",
        &expect!["N+1 D+1 N-1 | N 0 C 1 D 1 K 0 | exportable 0"],
    );
    check(
        [1, 1, 0, 0],
        "override 3",
        &expect!["N+2 D+1 N-3 | N 0 C 1 D 1 K 0 | exportable 0"],
    );
}

#[test]
fn rights_travel_and_debt_is_paid_first() {
    check(
        [2, 0, 0, 0],
        "return 2",
        &expect!["N-2 C+2 | N 0 C 2 D 0 K 0 | exportable 0"],
    );
    check(
        [2, 0, 0, 0],
        "return 3",
        &expect!["3 are needed, 2 are held"],
    );
    check(
        [0, 3, 0, 0],
        "credit 2",
        &expect!["C-2 N+2 | N 2 C 1 D 0 K 0 | exportable 2"],
    );
    check(
        [0, 3, 1, 0],
        "credit 2",
        &expect!["C-2 D-1 N+1 | N 1 C 1 D 0 K 0 | exportable 1"],
    );
    // Goods that come in keep a promise before it would be broken.
    check(
        [0, 2, 2, 0],
        "receive 3",
        &expect!["D-2 N+1 | N 1 C 2 D 0 K 0 | exportable 1"],
    );
    check(
        [0, 2, 2, 0],
        "receive-weak 3",
        &expect!["N+3 | N 3 C 2 D 2 K 0 | exportable 0"],
    );
    check(
        [0, 2, 1, 3],
        "unpick 3",
        &expect!["K-3 D-1 N+2 | N 2 C 2 D 0 K 0 | exportable 2"],
    );
    check(
        [0, 1, 0, 0],
        "credit 2",
        &expect!["2 are needed, 1 are held"],
    );
}

#[test]
fn promises_are_picked_or_found_missing() {
    check(
        [1, 2, 0, 0],
        "pick 2 2",
        &expect!["C-2 K+2 | N 1 C 0 D 0 K 2 | exportable 1"],
    );
    // One of two was there, so the shelf is empty: the node's own right is void too.
    check(
        [1, 2, 0, 0],
        "pick 2 1",
        &expect!["C-2 K+1 N-1 | N 0 C 0 D 0 K 1 | exportable 0"],
    );
    check(
        [0, 3, 0, 0],
        "pick 1 0",
        &expect!["C-1 D+2 | N 0 C 2 D 2 K 0 | exportable 0"],
    );
    check(
        [0, 1, 0, 0],
        "pick 2 2",
        &expect!["2 are needed, 1 are held"],
    );
    check(
        [0, 0, 0, 2],
        "unpick 1",
        &expect!["K-1 N+1 | N 1 C 0 D 0 K 1 | exportable 1"],
    );
    check(
        [0, 0, 0, 2],
        "hand-over 2",
        &expect!["K-2 | N 0 C 0 D 0 K 0 | exportable 0"],
    );
}

#[test]
fn weak_evidence_is_sold_but_not_exported() {
    let mut account = NodeAccount::default();
    account.receive(q(10), true).unwrap();
    assert!(account.give_back(q(1)).is_err());
    account.sell(q(1)).unwrap();
    account.receive(q(2), false).unwrap();
    assert!(account.give_back(q(2)).is_ok());
    assert!(account.give_back(q(1)).is_err());
    account.count(q(11)).unwrap();
    assert_eq!(account.exportable, q(9));
}

#[test]
fn a_new_epoch_has_nothing_before_it_counted() {
    let (mut account, moves) = NodeAccount::open(q(2)).unwrap();
    assert_eq!(moves.len(), 1);
    assert!(account.shortage(q(1)).is_some());
    account.count(q(5)).unwrap();
    assert_eq!(account.rights, q(3));
}

#[test]
fn a_promise_takes_only_the_steps_of_its_life() {
    let steps: Vec<String> = ReservationState::ALL
        .into_iter()
        .map(|from| {
            let to: Vec<_> = ReservationState::ALL
                .into_iter()
                .filter(|to| from.may_become(*to))
                .map(ReservationState::code)
                .collect();
            format!("{}: {}", from.code(), to.join(" "))
                .trim_end()
                .to_owned()
        })
        .collect();
    expect![[r"
        held: claimed expired cancelled broken
        claimed: cancelling picked short
        cancelling: picked cancelled short broken
        picked: handed_over cancelled
        handed_over:
        expired:
        cancelled:
        short:
        broken:"]]
    .assert_eq(&steps.join("\n"));
}

#[test]
fn letters_and_names_are_found_again() {
    for bucket in Bucket::ALL {
        assert_eq!(Bucket::by_code(bucket.code()), Some(bucket));
    }
    for state in ReservationState::ALL {
        assert_eq!(ReservationState::by_code(state.code()), Some(state));
    }
}

/// Something that may happen at a shop or at the cloud.
#[derive(Debug, Clone, Copy)]
enum Happening {
    Sell(i64),
    Receive(i64, bool),
    Count,
    Return(i64),
    AcceptReturn,
    Grant(i64),
    Credit,
    AcceptCredit,
    Reserve(i64),
    Release(i64),
    Pick(i64),
    AcceptPick,
    HandOver,
    Unpick,
    Shrink(i64),
    Till(i64, Answer),
}

fn happening() -> impl Strategy<Value = Happening> {
    let few = 1_i64..4;
    prop_oneof![
        few.clone().prop_map(Happening::Sell),
        (few.clone(), any::<bool>()).prop_map(|(n, weak)| Happening::Receive(n, weak)),
        Just(Happening::Count),
        few.clone().prop_map(Happening::Return),
        Just(Happening::AcceptReturn),
        few.clone().prop_map(Happening::Grant),
        Just(Happening::Credit),
        Just(Happening::AcceptCredit),
        few.clone().prop_map(Happening::Reserve),
        few.clone().prop_map(Happening::Release),
        few.clone().prop_map(Happening::Pick),
        Just(Happening::AcceptPick),
        Just(Happening::HandOver),
        Just(Happening::Unpick),
        few.clone().prop_map(Happening::Shrink),
        (few.clone(), 0_i64..6).prop_map(|(n, k)| Happening::Till(n, Answer::Counted(q(k)))),
        few.clone().prop_map(|n| Happening::Till(n, Answer::Found)),
        few.prop_map(|n| Happening::Till(n, Answer::Override)),
    ]
}

/// A shelf with its two accounts, every move logged.
#[derive(Default)]
struct World {
    shelf: i64,
    /// Units that were stolen or broken and nobody has counted since.
    missing: i64,
    node: NodeAccount,
    cloud: CloudAccount,
    granted: Vec<Quantity>,
    returning: Quantity,
    credited: Quantity,
    picked: Quantity,
    log: Vec<(Vec<Move>, bool)>,
}

impl World {
    fn record<E>(&mut self, moves: Result<Vec<Move>, E>) -> bool {
        moves.map(|moves| self.log.push((moves, false))).is_ok()
    }

    fn count(&mut self) {
        let count = self
            .node
            .count(q(self.shelf))
            .expect("a shelf can be counted");
        self.log.push((count.moves, true));
        self.missing = 0;
    }

    fn step(&mut self, happening: Happening) {
        match happening {
            Happening::Sell(n) if self.shelf >= n => {
                let moves = self.node.sell(q(n));
                if self.record(moves) {
                    self.shelf -= n;
                }
            }
            Happening::Receive(n, weak) => {
                let moves = self.node.receive(q(n), weak);
                self.record(moves);
                self.shelf += n;
            }
            Happening::Count => self.count(),
            Happening::Return(n) => {
                let moves = self.node.give_back(q(n));
                if self.record(moves) {
                    self.returning = self.returning + q(n);
                }
            }
            Happening::AcceptReturn if self.returning > Quantity::ZERO => {
                self.cloud.returned(self.returning).expect("it fits");
                self.returning = Quantity::ZERO;
            }
            Happening::Grant(n) if self.cloud.grant(q(n)).is_ok() => self.granted.push(q(n)),
            Happening::Credit if !self.granted.is_empty() => {
                let granted = self.granted.remove(0);
                let moves = self.node.credit(granted);
                assert!(self.record(moves), "a grant can be credited");
                self.credited = self.credited + granted;
            }
            Happening::AcceptCredit if self.credited > Quantity::ZERO => {
                self.cloud.credited(self.credited).expect("it was granted");
                self.credited = Quantity::ZERO;
            }
            Happening::Reserve(n) => drop(self.cloud.reserve(q(n))),
            Happening::Sell(_)
            | Happening::AcceptReturn
            | Happening::Grant(_)
            | Happening::Credit
            | Happening::AcceptCredit
            | Happening::Release(_)
            | Happening::Pick(_)
            | Happening::AcceptPick
            | Happening::HandOver
            | Happening::Unpick
            | Happening::Shrink(_)
            | Happening::Till(..) => self.serve(happening),
        }
    }

    /// The rest: orders, and customers with goods in their hands.
    fn serve(&mut self, happening: Happening) {
        match happening {
            Happening::Release(n) if self.cloud.promised - self.picked >= q(n) => {
                self.cloud.release(q(n)).expect("it is promised");
            }
            Happening::Pick(n) if self.cloud.promised - self.picked >= q(n) => {
                let found = n.min(self.shelf);
                let moves = self.node.pick(q(n), q(found));
                assert!(self.record(moves), "what is promised can be picked");
                self.shelf -= found;
                if found < n {
                    self.missing = 0;
                }
                self.picked = self.picked + q(n);
            }
            Happening::AcceptPick if self.picked > Quantity::ZERO => {
                self.cloud.picked(self.picked).expect("it was promised");
                self.picked = Quantity::ZERO;
            }
            Happening::HandOver => {
                let moves = self.node.hand_over(self.node.picked);
                self.record(moves);
            }
            Happening::Unpick => {
                let back = self.node.picked;
                let moves = self.node.unpick(back);
                if self.record(moves) {
                    self.shelf += back.base_units();
                }
            }
            Happening::Shrink(n) if self.shelf >= n => {
                self.shelf -= n;
                self.missing += n;
            }
            Happening::Till(n, answer) if self.shelf >= n => self.till(n, answer),
            Happening::Sell(_)
            | Happening::Receive(..)
            | Happening::Count
            | Happening::Return(_)
            | Happening::AcceptReturn
            | Happening::Grant(_)
            | Happening::Credit
            | Happening::AcceptCredit
            | Happening::Reserve(_)
            | Happening::Release(_)
            | Happening::Pick(_)
            | Happening::AcceptPick
            | Happening::Shrink(_)
            | Happening::Till(..) => {}
        }
    }

    /// A customer brings `n` units to a till that has no rights for them.
    fn till(&mut self, n: i64, answer: Answer) {
        let Some(shortage) = self.node.shortage(q(n)) else {
            return;
        };
        // A cashier counts what is there, whatever number the case has made up.
        let answer = match answer {
            Answer::Counted(_) => Answer::Counted(q(self.shelf)),
            Answer::Found | Answer::Override => answer,
        };
        let Ok(moves) = self.node.settle(shortage, answer) else {
            return;
        };
        let was_counted = matches!(answer, Answer::Counted(_));
        self.log.push((moves, was_counted));
        // What is found is a surplus over the book; while units are missing elsewhere the two cancel out.
        if was_counted {
            self.missing = 0;
        }
        let sold = self.node.sell(q(n));
        assert!(self.record(sold), "the answer has made room for the sale");
        self.shelf -= n;
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let ledgers = Ledgers {
            node: self.node,
            cloud: self.cloud,
            returning: self.returning,
            credited: self.credited,
            picked: self.picked,
            shelf: Some(q(self.shelf + self.missing)),
        };
        ledgers
            .check()
            .map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(
            self.node.exportable == Quantity::ZERO || self.node.debt == Quantity::ZERO,
            "nobody exports while the cloud's claims lack units: {:?}",
            self.node
        );
        let mut replayed = NodeAccount::default();
        for (moves, was_counted) in &self.log {
            replayed
                .apply(moves)
                .map_err(|error| TestCaseError::fail(error.to_string()))?;
            if *was_counted {
                replayed.verify();
            }
        }
        prop_assert_eq!(replayed, self.node);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn nothing_is_ever_promised_twice(
        start in 0_i64..6,
        happenings in prop::collection::vec(happening(), 1..60),
    ) {
        let mut world = World { shelf: start, ..World::default() };
        world.count();
        for happening in happenings {
            world.step(happening);
            world.check()?;
        }
    }
}
