//! What people do at the tills of a shop: sell, count, take goods in, give rights back.
use retail::{
    quantity::Quantity,
    rights::{Answer, NodeAccount, RightsError, Shortage},
};
use uuid::Uuid;
use wire::{
    body::{
        CountLine, Document as _, PurchaseRecorded, RightsReturned, SaleClosed, SaleLine,
        SaleOverridden, StockCounted, StockFound, Tender, Units, WriteRefused,
    },
    event::Money,
};

use super::{
    ids::{derived, variant_id},
    mutant::Mutant,
    node::{Disk, Draft, Garble, Sold},
};

/// What a till sends.
#[derive(Debug, Clone)]
pub(crate) struct Basket {
    pub id: Uuid,
    pub register: usize,
    /// Sorted by variant, each once.
    pub lines: Vec<(usize, i64)>,
    pub garble: Garble,
    /// The units are out of a box that somebody has not looked at.
    pub boxed: bool,
}

/// What a till hears.
#[derive(Debug)]
pub(crate) enum Told {
    /// It is on disk.
    Done(i64),
    /// The id stands for another sale.
    Refused,
    /// It lacks rights.
    Short,
}

/// Minor units of a piece.
pub(crate) fn price(variant: usize) -> i64 {
    150 + 25 * i64::try_from(variant).unwrap_or(0)
}

impl Disk {
    /// Closes a sale. `answers` are what people said about variants that were short.
    pub(crate) fn sell(
        &mut self,
        at: i64,
        basket: &Basket,
        answers: &[(usize, Answer)],
        mutant: Option<Mutant>,
    ) -> Result<Told, RightsError> {
        if let Some(sold) = self.sales.get(&basket.id) {
            let (total, is_same) = (sold.total, sold.lines == basket.lines);
            if is_same {
                return Ok(Told::Done(total));
            }
            self.refuse(at, basket);
            return Ok(Told::Refused);
        }
        let mut accounts = self.accounts.clone();
        let (mut is_short, mut before, mut counted) = (false, Vec::new(), Vec::new());
        let mut moves = Vec::new();
        for (variant, quantity) in basket.lines.iter().copied() {
            let needed = Quantity::new(quantity);
            if let Some(shortage) = self.shortage(variant, quantity, mutant) {
                let answer = answers.iter().find(|(of, _)| *of == variant);
                let good = answer.and_then(|(_, answer)| {
                    made_good(&mut accounts[variant], variant, shortage, *answer)
                });
                let Some(draft) = good else {
                    is_short = true;
                    continue;
                };
                if matches!(answer, Some((_, Answer::Counted(_)))) {
                    counted.push(variant);
                }
                before.push(draft);
            }
            moves.push((variant, accounts[variant].sell(needed)?));
        }
        if is_short {
            return Ok(Told::Short);
        }
        self.accounts = accounts;
        for (variant, mut draft) in before {
            draft.id = derived(basket.id, 1 + u8::try_from(variant).unwrap_or(0));
            draft.aggregate = basket.id;
            self.append(at, draft);
            if counted.contains(&variant) {
                self.counted[variant] = self.last_seq();
            }
        }
        let total = self.close(at, basket, &moves);
        Ok(Told::Done(total))
    }

    fn close(
        &mut self,
        at: i64,
        basket: &Basket,
        moves: &[(usize, Vec<retail::rights::Move>)],
    ) -> i64 {
        let lines: Vec<SaleLine> = basket.lines.iter().map(|line| sale_line(*line)).collect();
        let total: i64 = lines.iter().map(|line| line.total_minor).sum();
        let number = &mut self.receipts[basket.register];
        *number += 1;
        let receipt_number = receipt(self.place, basket.register, self.cursor.epoch, *number);
        let body = SaleClosed {
            shift: derived(basket.id, 15),
            receipt_number,
            lines,
            tenders: vec![Tender {
                kind: "cash".to_owned(),
                amount_minor: total,
                reference: None,
            }],
            subtotal_minor: total,
            discount_minor: 0,
            taxes: Vec::new(),
            total_minor: total,
            change_minor: 0,
            patron: None,
            promotions: None,
        };
        let mut draft = Draft::of(basket.id, (SaleClosed::KIND, SaleClosed::VERSION), &body);
        draft.garble = basket.garble;
        draft.register = Some(basket.register);
        for (variant, moves) in moves {
            draft.moved(*variant, moves);
        }
        draft.money.push(Money {
            tender: "cash".to_owned(),
            minor: total,
        });
        self.append(at, draft);
        let lines = basket.lines.clone();
        self.sales.insert(basket.id, Sold { lines, total });
        total
    }

    fn refuse(&mut self, at: i64, basket: &Basket) {
        let body = WriteRefused {
            noun: "sale".to_owned(),
            id: basket.id,
            content: serde_json::Value::Null,
            refused_at: jiff::Timestamp::UNIX_EPOCH,
        };
        // Once for each other content; the same content is the same fact.
        let nth = 8 + u8::try_from(basket.lines.len() % 4).unwrap_or(0);
        let id = derived(basket.id, nth);
        if self.log.iter().any(|entry| entry.header.id == id) {
            return;
        }
        self.append(
            at,
            Draft::of(id, (WriteRefused::KIND, WriteRefused::VERSION), &body),
        );
    }

    /// Writes down what is on the shelf.
    pub(crate) fn count(
        &mut self,
        at: i64,
        id: Uuid,
        variant: usize,
        counted: i64,
        mutant: Option<Mutant>,
    ) -> Result<(), RightsError> {
        let mut account = self.accounts[variant];
        let claims = account.claim_bound;
        if mutant == Some(Mutant::CountIgnoresClaims) {
            account.claim_bound = Quantity::ZERO;
            account.debt = Quantity::ZERO;
        }
        let count = account.count(Quantity::new(counted))?;
        account.claim_bound = claims;
        self.accounts[variant] = account;
        let line = CountLine {
            variant: variant_id(variant),
            expected: count.expected.base_units(),
            counted,
        };
        let body = StockCounted {
            reason: "count".to_owned(),
            sale: None,
            lines: vec![line],
            to_count: Vec::new(),
        };
        let mut draft = Draft::of(id, (StockCounted::KIND, StockCounted::VERSION), &body);
        draft.moved(variant, &count.moves);
        self.append(at, draft);
        self.counted[variant] = self.last_seq();
        Ok(())
    }

    /// Takes goods in.
    pub(crate) fn receive(
        &mut self,
        at: i64,
        id: Uuid,
        variant: usize,
        quantity: i64,
        is_weak: bool,
    ) -> Result<(), RightsError> {
        let moves = self.accounts[variant].receive(Quantity::new(quantity), is_weak)?;
        let body = PurchaseRecorded {
            shift: derived(id, 15),
            ticket_number: String::new(),
            supplier: Uuid::nil(),
            supplier_document: None,
            lines: Vec::new(),
            payment_kind: "account".to_owned(),
            total_minor: 0,
        };
        let mut draft = Draft::of(
            id,
            (PurchaseRecorded::KIND, PurchaseRecorded::VERSION),
            &body,
        );
        draft.moved(variant, &moves);
        self.append(at, draft);
        Ok(())
    }

    /// Gives rights back to the cloud; `None` when there is nothing to give.
    pub(crate) fn give_back(
        &mut self,
        at: i64,
        id: Uuid,
        variant: usize,
        quantity: i64,
    ) -> Option<()> {
        if self.restricted.is_some() {
            return None;
        }
        let moves = self.accounts[variant]
            .give_back(Quantity::new(quantity))
            .ok()?;
        let line = Units {
            variant: variant_id(variant),
            quantity,
        };
        let body = RightsReturned {
            reason: "manual".to_owned(),
            lines: vec![line],
        };
        let mut draft = Draft::of(id, (RightsReturned::KIND, RightsReturned::VERSION), &body);
        draft.moved(variant, &moves);
        self.append(at, draft);
        Some(())
    }
}

/// The number on a receipt (decision 28).
pub(crate) fn receipt(place: usize, register: usize, epoch: i64, number: i64) -> String {
    format!("S{place}T{register}-{epoch}-{number:05}")
}

/// The event that makes good what is short, when the answer allows it.
fn made_good(
    account: &mut NodeAccount,
    variant: usize,
    shortage: Shortage,
    answer: Answer,
) -> Option<(usize, Draft)> {
    let expected = account.shelf().base_units();
    let moves = account.settle(shortage, answer).ok()?;
    let id = Uuid::nil();
    let lines = vec![Units {
        variant: variant_id(variant),
        quantity: (shortage.needed - shortage.rights).base_units(),
    }];
    let mut draft = match answer {
        Answer::Found => {
            let body = StockFound { sale: id, lines };
            Draft::of(id, (StockFound::KIND, StockFound::VERSION), &body)
        }
        Answer::Counted(counted) => {
            let line = CountLine {
                variant: variant_id(variant),
                expected,
                counted: counted.base_units(),
            };
            let body = StockCounted {
                reason: "till".to_owned(),
                sale: None,
                lines: vec![line],
                to_count: Vec::new(),
            };
            Draft::of(id, (StockCounted::KIND, StockCounted::VERSION), &body)
        }
        Answer::Override => {
            let body = SaleOverridden {
                sale: id,
                supervisor: id,
                reason: "in the hand".to_owned(),
                lines,
            };
            Draft::of(id, (SaleOverridden::KIND, SaleOverridden::VERSION), &body)
        }
    };
    draft.moved(variant, &moves);
    (account.rights >= shortage.needed).then_some((variant, draft))
}

fn sale_line((variant, quantity): (usize, i64)) -> SaleLine {
    let total = price(variant) * quantity;
    SaleLine {
        variant: variant_id(variant),
        quantity,
        unit_price: "1".to_owned(),
        price_quantity: 1,
        price_version: 1,
        price_reason: None,
        gross_minor: total,
        discount_minor: 0,
        promoted_minor: 0,
        gift: false,
        discount_reason: None,
        approved_by: None,
        tax_rate_bps: 0,
        total_minor: total,
    }
}
