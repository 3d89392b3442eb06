//! The built web pages inside the binary; a development build reads them from `web/dist`.
use std::borrow::Cow;

use httpkit::assets::Assets;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Dist;

/// What `npm run build` made.
#[derive(Debug, Clone, Copy)]
pub struct Built;

impl Assets for Built {
    fn get(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        Dist::get(path).map(|file| file.data)
    }
}

#[cfg(test)]
mod tests {
    use httpkit::assets::Assets;

    use super::Built;

    #[test]
    fn nothing_beside_the_pages_is_served() {
        for path in [
            "assets/../../../Cargo.toml",
            "../../Cargo.toml",
            "assets/../../package.json",
            "/etc/passwd",
            "assets//etc/passwd",
            "assets/..\\..\\package.json",
            "assets/%2e%2e/%2e%2e/package.json",
        ] {
            assert!(Built.get(path).is_none(), "{path}");
        }
    }
}
