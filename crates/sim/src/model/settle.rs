//! How the cloud pays the debt of a location after an override or a short count.

use super::cloud::{Ask, Cloud, Message, Order, index};
use super::node::{ORDERS, Task};
use super::rules::{Flaw, Rules};

impl<const LOCATIONS: usize> Cloud<LOCATIONS> {
    /// Settles this location's debt, as far as the cloud knows: unsold rights first, then holds, then the youngest
    /// promise that is not picked. Returns the messages to the node.
    pub fn settle(
        &mut self,
        at: usize,
        rules: Rules,
        withdrawn: &mut [bool; ORDERS],
    ) -> Vec<(u8, Message)> {
        let mut messages = Vec::new();
        while !self.streams[at].frozen && self.settle_one(at, rules, withdrawn, &mut messages) {}
        messages
    }

    /// Settles one unit, or begins to. `false` when there is nothing left to do.
    fn settle_one(
        &mut self,
        at: usize,
        rules: Rules,
        withdrawn: &mut [bool; ORDERS],
        messages: &mut Vec<(u8, Message)>,
    ) -> bool {
        let mirror = self.streams[at].mirror(rules);
        let unpicked =
            |order: &Order, task: Task| order.location() == Some(index(at)) && task.is_promised();
        let need = mirror.debt - self.granting(at, mirror.cursor);
        if need <= 0 {
            return false;
        }
        if self.streams[at].cloud_rights > 0 {
            self.streams[at].cloud_rights -= 1;
            if !rules.have(Flaw::SettledUntold) {
                messages.push(self.issue(at, Ask::Grant, 0));
            }
            return true;
        }
        let freeing: i8 = (self.orders.iter().zip(mirror.tasks))
            .filter(|(order, task)| unpicked(order, *task))
            .map(|(order, _)| i8::from(matches!(order, Order::Cancelling(_) | Order::Breaking(_))))
            .sum();
        if freeing >= need {
            return false;
        }
        let youngest = |held: bool| {
            (0..ORDERS).rev().find(|number| {
                let order = &self.orders[*number];
                let kind = if held {
                    matches!(order, Order::Held(_))
                } else {
                    matches!(order, Order::Claimed(_))
                };
                kind && unpicked(order, mirror.tasks[*number])
            })
        };
        if let Some(number) = youngest(true) {
            self.orders[number] = Order::Expired;
            self.streams[at].cloud_rights += 1;
        } else if let Some(number) = youngest(false) {
            if rules.have(Flaw::BreakAtOnce) {
                self.orders[number] = Order::Closed;
                self.streams[at].cloud_rights += 1;
                withdrawn[number] = true;
            } else {
                self.orders[number] = Order::Breaking(index(at));
            }
            messages.push(self.issue(at, Ask::Break, index(number)));
        } else {
            return false;
        }
        true
    }
}
