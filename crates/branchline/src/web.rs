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
