//! What e-mails say, in the language of the browser that caused them.
use axum::http::{HeaderMap, header};

use super::Mail;

/// A language that the pages have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Language {
    #[default]
    English,
    Vietnamese,
    Thai,
}

impl Language {
    /// The first language of the browser that we have.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let wanted = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let known = wanted
            .split(',')
            .find_map(|one| match one.trim().get(..2)? {
                "en" => Some(Self::English),
                "vi" => Some(Self::Vietnamese),
                "th" => Some(Self::Thai),
                _ => None,
            });
        known.unwrap_or_default()
    }
}

/// Somebody may join the staff.
pub(crate) fn invitation(language: Language, to: &str, company: &str, link: &str) -> Mail {
    let (subject, text) = match language {
        Language::English => (
            format!("You are invited to {company}"),
            format!(
                "{company} invites you to its office.\n\nFollow this link within seven days, and choose a password:\n\n\
                 {link}\n\nIf you did not expect this, do nothing.\n"
            ),
        ),
        Language::Vietnamese => (
            format!("Bạn được mời tham gia {company}"),
            format!(
                "{company} mời bạn vào văn phòng trực tuyến.\n\nMở liên kết này trong vòng bảy ngày và chọn mật khẩu:\n\n\
                 {link}\n\nNếu bạn không chờ thư này, xin bỏ qua.\n"
            ),
        ),
        Language::Thai => (
            format!("คุณได้รับเชิญให้เข้าร่วม {company}"),
            format!(
                "{company} เชิญคุณเข้าสู่ระบบสำนักงาน\n\nเปิดลิงก์นี้ภายในเจ็ดวันแล้วตั้งรหัสผ่าน:\n\n\
                 {link}\n\nหากคุณไม่ได้คาดว่าจะได้รับอีเมลนี้ ไม่ต้องทำอะไร\n"
            ),
        ),
    };
    mail(to, subject, text)
}

/// A customer wants to sign in.
pub(crate) fn customer_link(language: Language, to: &str, company: &str, link: &str) -> Mail {
    let (subject, text) = match language {
        Language::English => (
            format!("Sign in at {company}"),
            format!(
                "Follow this link within fifteen minutes to sign in at {company}:\n\n{link}\n\nIt works once. If you did \
                 not ask for it, do nothing: nobody has signed in.\n"
            ),
        ),
        Language::Vietnamese => (
            format!("Đăng nhập {company}"),
            format!(
                "Mở liên kết này trong vòng mười lăm phút để đăng nhập {company}:\n\n{link}\n\nLiên kết chỉ dùng được một \
                 lần. Nếu bạn không yêu cầu, xin bỏ qua: chưa có ai đăng nhập.\n"
            ),
        ),
        Language::Thai => (
            format!("เข้าสู่ระบบ {company}"),
            format!(
                "เปิดลิงก์นี้ภายในสิบห้านาทีเพื่อเข้าสู่ระบบ {company}:\n\n{link}\n\nลิงก์ใช้ได้ครั้งเดียว \
                 หากคุณไม่ได้ขอ ไม่ต้องทำอะไร ยังไม่มีใครเข้าสู่ระบบ\n"
            ),
        ),
    };
    mail(to, subject, text)
}

fn mail(to: &str, subject: String, text: String) -> Mail {
    Mail {
        to: to.to_owned(),
        subject,
        text,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, header};

    use super::Language;

    #[test]
    fn the_first_language_that_we_have_is_taken() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, text.parse().unwrap());
            Language::of(&headers)
        };
        assert_eq!(of("de-DE,vi;q=0.8,en;q=0.5"), Language::Vietnamese);
        assert_eq!(of("th"), Language::Thai);
        assert_eq!(of("é,f"), Language::English);
        assert_eq!(Language::of(&HeaderMap::new()), Language::English);
    }
}
