//! E-mails: written by a job, so that no request waits for a mail server and none is lost. Without a server they are
//! files in a folder. What is in them gives access, so they are sealed while they wait.
use std::path::PathBuf;

use anyhow::Context as _;
use base64::{Engine, engine::general_purpose::STANDARD};
use httpkit::problem::Problem;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::db::Tx;
use crate::error::Result;
use crate::job::{self, Kind, NewJob};

mod text;

pub(crate) use text::{Language, customer_link, invitation};

/// How e-mails leave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Delivery {
    /// They do not: each stays as a dead job.
    #[default]
    Nowhere,
    /// As `.eml` files in a folder.
    Folder(PathBuf),
    /// Through a mail server: `smtps://user:password@host`, `smtp://host?tls=required`.
    Smtp(Address),
}

/// The address of a mail server, with its password; never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(pub String);

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Address(…)")
    }
}

/// How e-mails are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How they leave.
    pub delivery: Delivery,
    /// From whom they are.
    pub from: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            delivery: Delivery::default(),
            from: "Branchline <branchline@localhost>".to_owned(),
        }
    }
}

impl Options {
    /// Whether the sender and the server's address can be used.
    ///
    /// # Errors
    /// What is wrong, without a password.
    pub fn check(&self) -> anyhow::Result<()> {
        let _: Mailbox = self
            .from
            .parse()
            .with_context(|| format!("`{}` is no sender of e-mails", self.from))?;
        if let Delivery::Smtp(address) = &self.delivery {
            transport(address)?;
        }
        Ok(())
    }
}

fn transport(address: &Address) -> anyhow::Result<AsyncSmtpTransport<Tokio1Executor>> {
    let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&address.0)
        .map_err(|_| anyhow::anyhow!("BRANCHLINE_SMTP_URL is no address of a mail server"))?;
    Ok(builder.build())
}

/// An e-mail that is to be sent.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mail {
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
}

/// Sends an e-mail once the transaction is committed.
pub(crate) async fn send(cloud: &Cloud, tx: &Tx, mail: &Mail) -> Result<()> {
    let id = cloud.id();
    let plain = serde_json::to_vec(mail).map_err(|error| Problem::internal(&error))?;
    let sealed = STANDARD.encode(cloud.seal(&place(id), &plain));
    let job = NewJob {
        kind: Kind::MailSend,
        payload: json!({ "id": id, "sealed": sealed }),
        dedupe_key: None,
        run_at: cloud.security_now(),
    };
    job::enqueue(tx, &job).await?;
    Ok(())
}

fn place(id: Uuid) -> String {
    format!("mail/{id}")
}

#[derive(Deserialize)]
struct Waiting {
    id: Uuid,
    sealed: String,
}

/// Delivers what waits. The job of [`send`].
pub(crate) async fn deliver(cloud: &Cloud, payload: &serde_json::Value) -> Result<()> {
    let waiting = Waiting::deserialize(payload).map_err(|error| Problem::internal(&error))?;
    let sealed = STANDARD
        .decode(&waiting.sealed)
        .map_err(|error| Problem::internal(&error))?;
    let plain = cloud.unseal(&place(waiting.id), &sealed)?;
    let mail: Mail = serde_json::from_slice(&plain).map_err(|error| Problem::internal(&error))?;
    let options = &cloud.office().mail;
    let message = message(cloud, options, waiting.id, &mail).map_err(|error| failed(&error))?;
    match &options.delivery {
        Delivery::Nowhere => Err(Problem::internal(&"no way to send e-mails is set up").into()),
        Delivery::Folder(folder) => {
            let path = folder.join(format!("{}.eml", waiting.id));
            let kept = keep(folder.clone(), path, message.formatted()).await;
            Ok(kept.map_err(|error| Problem::internal(&error))?)
        }
        Delivery::Smtp(address) => {
            let transport = transport(address).map_err(|error| failed(&error))?;
            transport
                .send(message)
                .await
                .map_err(|error| Problem::internal(&error))?;
            Ok(())
        }
    }
}

fn failed(error: &anyhow::Error) -> Problem {
    Problem::internal(&format!("{error:#}"))
}

fn message(cloud: &Cloud, options: &Options, id: Uuid, mail: &Mail) -> anyhow::Result<Message> {
    Message::builder()
        .from(options.from.parse()?)
        .to(mail.to.parse()?)
        .subject(&mail.subject)
        .date(cloud.security_now().into())
        .message_id(Some(format!("<{id}@branchline>")))
        .header(ContentType::TEXT_PLAIN)
        .body(mail.text.clone())
        .context("write the e-mail")
}

/// A file that only we may read: it may give access.
async fn keep(folder: PathBuf, path: PathBuf, message: Vec<u8>) -> std::io::Result<()> {
    use tokio::io::AsyncWriteExt as _;
    tokio::fs::create_dir_all(folder).await?;
    let mut file = tokio::fs::OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .await?;
    file.write_all(&message).await?;
    file.sync_all().await
}
