//! What serves: the router, the workers, and their graceful end.
