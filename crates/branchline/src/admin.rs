//! Sets a company up from the command line: enough to begin with; the rest is done in the office.
use std::{io::BufRead, process::ExitCode};

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use cloud::{Actor, Cloud, Database, channel, company, enrolment, location, staff};
use httpkit::{Parts, random::uuid_v7};
use retail::{currency::Currency, location::LocationId, staff::Permission, staff::is_pin};
use uuid::Uuid;

use crate::{
    demo::roles,
    log::{self, Sink},
    serve::DatabaseOptions,
};

mod backup;
mod import;
mod recovery;

/// Who acts, in the audit log.
const ACTOR: Actor = Actor::Service("admin");

/// What to do, and where the database is.
#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    database: DatabaseOptions,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Found the company with its first administrator, whose password is read from standard input
    Init {
        /// The company's name
        #[arg(long)]
        company: String,
        /// Base currency, ISO 4217; it never changes
        #[arg(long)]
        currency: String,
        /// The administrator's name
        #[arg(long)]
        name: String,
        /// Signs in at the office with it
        #[arg(long)]
        email: String,
    },
    /// Add a location with its registers
    Location {
        /// Short code, on labels
        #[arg(long)]
        code: String,
        /// Name, on receipts
        #[arg(long)]
        name: String,
        /// What it is for
        #[arg(long, value_enum, default_value = "shop")]
        kind: Kind,
        /// IANA name, like `Asia/Ho_Chi_Minh`
        #[arg(long)]
        time_zone: String,
        /// How many registers
        #[arg(long, default_value_t = 1)]
        registers: u8,
    },
    /// Add somebody who works at a till or buying station, whose PIN is read from standard input
    Staff {
        /// Their name
        #[arg(long)]
        name: String,
        /// `cashier`, `buyer` or `branch_manager`
        #[arg(long)]
        role: String,
        /// Code of the location; none means everywhere
        #[arg(long)]
        location: Option<String>,
    },
    /// Who places online orders from outside
    Channel {
        #[command(subcommand)]
        command: ChannelCommand,
    },
    /// A node that is lost: fence it, replace it, hand in what its disk still has
    Node {
        #[command(subcommand)]
        command: recovery::NodeCommand,
    },
    /// A cloud that was restored from a backup
    Cloud {
        #[command(subcommand)]
        command: recovery::CloudCommand,
    },
    /// Take a file in: products, prices, stock, branches, people and what else a shop moves in with; the same file again changes nothing
    Import(import::ImportOptions),
    /// Write any of these as a CSV that can be taken in again, or as a workbook
    Export(import::ExportOptions),
    /// Copy the database and verify the copy; shops may drop then what it holds
    Backup(backup::BackupOptions),
    /// Take away the second factor of somebody who has lost it, and end their sessions at the office
    ResetFactor {
        /// Signs in at the office with it
        #[arg(long)]
        email: String,
    },
    /// Make a one-time code with which an edge becomes the node of a location
    EnrolCode {
        /// Code of the location
        #[arg(long)]
        location: String,
    },
}

#[derive(Debug, Subcommand)]
enum ChannelCommand {
    /// Add a channel and print its key, which is kept nowhere
    Add {
        /// What people call it
        name: String,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Shop,
    BuyingStation,
    Warehouse,
}

impl From<Kind> for location::Kind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Shop => Self::Shop,
            Kind::BuyingStation => Self::BuyingStation,
            Kind::Warehouse => Self::Warehouse,
        }
    }
}

/// Runs one command against the database, which it migrates first.
///
/// # Errors
/// Wrong input, or a database that cannot be reached.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    log::init(&Sink::Stderr)?;
    if let Command::Cloud {
        command: recovery::CloudCommand::Restore { from },
    } = &options.command
    {
        recovery::restore(&options.database, from.clone()).await?;
    }
    let opened = options.database.open(true).await?;
    cloud::migrate(&opened.database.owner).await?;
    let parts = Parts::system();
    let cloud = Cloud::open(
        &opened.database,
        &cloud::OfficeOptions::default(),
        parts.clone(),
    )?;
    let id = || uuid_v7(&*parts.clock, &*parts.random);
    let outcome = execute(&cloud, &opened.database, options.command, &id).await;
    opened.close().await?;
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn execute(
    cloud: &Cloud,
    database: &Database,
    command: Command,
    id: &impl Fn() -> Uuid,
) -> anyhow::Result<()> {
    match command {
        Command::Init {
            company,
            currency,
            name,
            email,
        } => init(cloud, id, &company, &currency, name, email).await,
        Command::Location {
            code,
            name,
            kind,
            time_zone,
            registers,
        } => {
            let registers = (1..=registers).map(|n| location::NewRegister {
                id: id(),
                name: format!("Till {n}"),
                prefix: format!("{code}{n}"),
            });
            let new = location::NewLocation {
                id: id(),
                name,
                kind: kind.into(),
                time_zone,
                address: String::new(),
                registers: registers.collect(),
                code,
            };
            location::put(cloud, &new).await?;
            let code = new.code;
            println!(
                "{code} is there. Enrol its edge with: branchline admin enrol-code --location {code}"
            );
            Ok(())
        }
        Command::Staff {
            name,
            role,
            location,
        } => add_staff(cloud, id(), name, &role, location).await,
        Command::Channel {
            command: ChannelCommand::Add { name },
        } => {
            let (_, key) = channel::add(cloud, ACTOR, &name).await?;
            println!("{key}");
            Ok(())
        }
        Command::Node { command } => recovery::node(cloud, command).await,
        Command::Cloud { command } => recovery::cloud(cloud, command).await,
        Command::Import(options) => import::run(cloud, id(), options).await,
        Command::Export(options) => import::export(cloud, options).await,
        Command::Backup(options) => backup::run(cloud, database, &options).await,
        Command::ResetFactor { email } => reset_factor(cloud, &email).await,
        Command::EnrolCode { location } => {
            let location = location_by_code(cloud, &location).await?;
            let code = enrolment::issue(cloud, ACTOR, location.as_uuid()).await?;
            println!("{}", code.code);
            Ok(())
        }
    }
}

/// Takes somebody's second factor away, for whoever has the machine itself.
async fn reset_factor(cloud: &Cloud, email: &str) -> anyhow::Result<()> {
    if !cloud::reset_second_factor(cloud, ACTOR, email).await? {
        bail!("nobody has the e-mail address `{email}`");
    }
    println!(
        "{email} signs in with the password alone now, and sets up a new one if a role asks for it."
    );
    Ok(())
}

async fn init(
    cloud: &Cloud,
    id: &impl Fn() -> Uuid,
    company: &str,
    currency: &str,
    name: String,
    email: String,
) -> anyhow::Result<()> {
    let known = Currency::by_code(currency);
    let currency = known.with_context(|| format!("`{currency}` is no currency we know"))?;
    let password = from_standard_input("password")?;
    company::put(cloud, id(), company, currency.code).await?;
    staff::put_roles(cloud, &first_roles()).await?;
    let administrator = staff::NewStaff {
        id: id(),
        name,
        email: Some(email),
        password: Some(password),
        pin: None,
        grants: vec![staff::NewGrant::new("administrator", None)],
    };
    staff::put(cloud, &administrator).await?;
    println!("{company} is founded. Add locations with: branchline admin location");
    Ok(())
}

/// The roles that a company begins with: cashiers ask a supervisor for another price or a discount. Those of the
/// demo need not, because recorded ones are replayed under them.
fn first_roles() -> Vec<staff::NewRole> {
    let mut first = roles();
    for role in first.iter_mut().filter(|role| role.code == "cashier") {
        role.permissions.retain(|permission| {
            !matches!(
                permission,
                Permission::PriceOverride | Permission::DiscountLine
            )
        });
    }
    first
}

async fn add_staff(
    cloud: &Cloud,
    id: Uuid,
    name: String,
    role: &str,
    location: Option<String>,
) -> anyhow::Result<()> {
    let pin = from_standard_input("PIN")?;
    if !is_pin(&pin) {
        bail!("a PIN has four to eight digits that are not all the same");
    }
    let location = match location {
        Some(code) => Some(location_by_code(cloud, &code).await?.as_uuid()),
        None => None,
    };
    let person = staff::NewStaff {
        id,
        name,
        email: None,
        password: None,
        pin: Some(pin),
        grants: vec![staff::NewGrant::new(role, location)],
    };
    staff::put(cloud, &person).await?;
    println!(
        "{} may sign in at the tills as soon as the edges have heard of it.",
        person.name
    );
    Ok(())
}

async fn location_by_code(cloud: &Cloud, code: &str) -> anyhow::Result<LocationId> {
    location::by_code(cloud, code)
        .await?
        .with_context(|| format!("there is no location `{code}`"))
}

/// A secret is typed or piped in, so that it stands in no command line.
fn from_standard_input(what: &str) -> anyhow::Result<String> {
    eprintln!("The {what}, in one line:");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let secret = line.trim_end_matches(['\r', '\n']).to_owned();
    if secret.is_empty() {
        bail!("the {what} is empty");
    }
    Ok(secret)
}
