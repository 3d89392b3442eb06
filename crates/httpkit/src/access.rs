//! What a handler asks of whoever calls it, read off its own signature: the API's document cannot say anything else.
//!
//! An extractor says by [`Asks`] whom it lets in, and [`routes!`](crate::routes) writes that of all of a handler's
//! arguments into its operation. A handler with an argument that does not say it does not compile.
use std::collections::BTreeSet;

use axum::extract::{State, WebSocketUpgrade};
use axum::http::HeaderMap;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::SecurityRequirement;
use utoipa_axum::router::UtoipaMethodRouter;

use crate::extract::{Body, Params, PathParams};

/// Says in the document that permissions are needed in the whole chain, not at the location alone.
const REACH: &str = "x-reach";
/// Names permissions that are not needed, and with which more is answered.
const WIDER: &str = "x-wider-with";

/// One way in: by what somebody shows who they are, and what they must be permitted.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Way {
    scheme: &'static str,
    permissions: BTreeSet<&'static str>,
    everywhere: bool,
    wider_with: BTreeSet<&'static str>,
}

/// Who is let in: whoever comes by one of these ways, or anybody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guard(Option<Vec<Way>>);

impl Guard {
    /// Whoever shows who they are in one of these ways, which are security schemes of the document.
    #[must_use]
    pub fn by(schemes: &[&'static str]) -> Self {
        let way = |scheme: &&'static str| Way {
            scheme,
            permissions: BTreeSet::new(),
            everywhere: false,
            wider_with: BTreeSet::new(),
        };
        Self(Some(schemes.iter().map(way).collect()))
    }

    /// And who has that permission.
    #[must_use]
    pub fn with(mut self, permission: &'static str) -> Self {
        for way in self.0.iter_mut().flatten() {
            way.permissions.insert(permission);
        }
        self
    }

    /// And who has it in the whole chain.
    #[must_use]
    pub fn everywhere(mut self) -> Self {
        for way in self.0.iter_mut().flatten() {
            way.everywhere = true;
        }
        self
    }

    /// Whoever has that permission too is answered more.
    #[must_use]
    pub fn wider_with(mut self, permission: &'static str) -> Self {
        for way in self.0.iter_mut().flatten() {
            way.wider_with.insert(permission);
        }
        self
    }

    /// Or who comes by a way of the other.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0.zip(other.0).map(|(one, two)| [one, two].concat()))
    }

    /// And who is let in by the other as well: what two arguments of a handler ask for.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let (one, two) = match (self.0, other.0) {
            (Some(one), Some(two)) => (one, two),
            (one, two) => return Self(one.or(two)),
        };
        let both = one.iter().flat_map(|one| {
            let same = two.iter().filter(|two| two.scheme == one.scheme);
            same.map(|two| Way {
                scheme: one.scheme,
                permissions: &one.permissions | &two.permissions,
                everywhere: one.everywhere || two.everywhere,
                wider_with: &one.wider_with | &two.wider_with,
            })
        });
        Self(Some(both.collect()))
    }

    fn declare(&self, operation: &mut Operation) {
        let ways = self.0.iter().flatten();
        let requirement =
            |way: &Way| SecurityRequirement::new(way.scheme, way.permissions.iter().copied());
        operation.security = Some(ways.clone().map(requirement).collect());
        let extensions = operation.extensions.get_or_insert_default();
        if ways.clone().any(|way| way.everywhere) {
            extensions.insert(REACH.to_owned(), "chain".into());
        }
        let wider: BTreeSet<&str> = ways.flat_map(|way| way.wider_with.clone()).collect();
        if !wider.is_empty() {
            extensions.insert(WIDER.to_owned(), wider.into_iter().collect());
        }
    }
}

/// An argument of a handler that says whom it lets in.
pub trait Asks {
    /// Anybody, when it says nothing else.
    #[must_use]
    fn guard() -> Guard {
        Guard::default()
    }
}

impl<S> Asks for State<S> {}
impl<T> Asks for Body<T> {}
impl<T> Asks for Params<T> {}
impl<T> Asks for PathParams<T> {}
impl Asks for HeaderMap {}
impl Asks for axum::body::Bytes {}
impl Asks for WebSocketUpgrade {}
impl<T: Asks, E> Asks for Result<T, E> {
    fn guard() -> Guard {
        T::guard()
    }
}

/// A handler, all of whose arguments say whom they let in.
pub trait Handles<T> {
    /// Who is let in by all of them.
    fn guard(&self) -> Guard;
}

macro_rules! handles {
    ($($argument:ident)*) => {
        impl<F, R, $($argument: Asks),*> Handles<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> R,
        {
            fn guard(&self) -> Guard {
                Guard::default()$(.and($argument::guard()))*
            }
        }
    };
}

handles!();
handles!(A);
handles!(A B);
handles!(A B C);
handles!(A B C D);
handles!(A B C D E);
handles!(A B C D E G);

/// As [`utoipa_axum::routes!`], and the operations say who may call them.
#[macro_export]
macro_rules! routes {
    ($handler:ident $(,)?) => {
        $crate::access::guarded(utoipa_axum::routes!($handler), &$handler)
    };
    ($handler:ident, $($more:ident),+ $(,)?) => {
        $crate::access::both($crate::routes!($handler), $crate::routes!($($more),+))
    };
}

/// Routes of one handler, whose operations say who may call it.
pub fn guarded<S, T>(
    (schemas, mut paths, router): UtoipaMethodRouter<S>,
    handler: &impl Handles<T>,
) -> UtoipaMethodRouter<S> {
    let guard = handler.guard();
    for operation in paths.paths.values_mut().flat_map(operations) {
        guard.declare(operation);
    }
    (schemas, paths, router)
}

/// Routes of one path by several methods.
pub fn both<S: Clone>(
    (mut schemas, mut paths, router): UtoipaMethodRouter<S>,
    (more, others, other): UtoipaMethodRouter<S>,
) -> UtoipaMethodRouter<S> {
    schemas.extend(more);
    for (path, item) in others.paths {
        match paths.paths.get_mut(&path) {
            Some(known) => known.merge_operations(item),
            None => drop(paths.paths.insert(path, item)),
        }
    }
    (schemas, paths, router.merge(other))
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem {
        get,
        put,
        post,
        delete,
        patch,
        ..
    } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::{Guard, Handles};
    use crate::extract::Body;

    struct Session;
    struct Manager;
    impl super::Asks for Session {
        fn guard() -> Guard {
            Guard::by(&["session"])
        }
    }
    impl super::Asks for Manager {
        fn guard() -> Guard {
            Guard::by(&["session", "token"]).with("staff.manage")
        }
    }

    async fn anybody() {}
    async fn signed_in(_: Session, _: Body<()>) {}
    async fn first(_: Session, _: Manager) {}
    async fn last(_: Manager, _: Session) {}

    #[test]
    fn what_arguments_ask_for_is_asked_for_together() {
        let manager = Guard::by(&["session"]).with("staff.manage");
        assert_eq!(anybody.guard(), Guard::default());
        assert_eq!(signed_in.guard(), Guard::by(&["session"]));
        assert_eq!(first.guard(), manager);
        assert_eq!(last.guard(), manager);
        let either = Guard::by(&["channel"]).or(Guard::by(&["session"]));
        assert_eq!(either, Guard::by(&["channel", "session"]));
        let everywhere = Guard::by(&["session"]).everywhere();
        assert_eq!(either.and(everywhere.clone()), everywhere);
    }
}
