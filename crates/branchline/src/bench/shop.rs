//! A stocked shop on a temporary folder, without a cloud, with an HTTP server in front.
use std::path::{Path, PathBuf};

use edge::testkit::{self, PIN, Stock, manager_id, register_id, variant, variant_id};
use httpkit::Parts;
use uuid::Uuid;

use super::client::Till;

/// A running edge with that many variants and registers.
pub struct Shop {
    running: edge::Running,
    folder: tempfile::TempDir,
    registers: usize,
    /// All of one price, in the order of [`Shop::names`].
    pub variants: Vec<Uuid>,
    pub names: Vec<String>,
    pub price_minor: i64,
}

impl Shop {
    /// Makes the folder, stocks the shop and starts it.
    pub async fn start(variants: usize, registers: usize) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let names: Vec<String> = (0..variants).map(name).collect();
        let stock = Stock {
            variants: names
                .iter()
                .enumerate()
                .map(|(n, name)| {
                    variant(
                        &sku(n),
                        name,
                        "piece",
                        "1.50",
                        1,
                        &[(&format!("20{n:09}"), 1)],
                    )
                })
                .collect(),
            registers,
            ..Stock::default()
        };
        let running = testkit::start(folder.path(), &stock, Parts::system()).await?;
        Ok(Self {
            running,
            folder,
            registers,
            variants: (0..variants)
                .map(|n| variant_id(&sku(n)).as_uuid())
                .collect(),
            names,
            price_minor: 150,
        })
    }

    /// One signed-in till with an open shift at every register.
    pub async fn tills(&self) -> anyhow::Result<Vec<Till>> {
        let base = format!("http://{}", self.running.addr);
        let mut tills = Vec::new();
        for number in 1..=self.registers {
            let register = register_id(number).as_uuid();
            tills.push(Till::open(&base, manager_id().as_uuid(), PIN, register).await?);
        }
        Ok(tills)
    }

    /// The edge's database file.
    pub fn database(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    /// Where other files of the run may go: the same disk.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub async fn stop(self) -> anyhow::Result<()> {
        self.running.stop().await
    }
}

fn sku(n: usize) -> String {
    format!("SKU-{n:06}")
}

const MAKERS: [&str; 20] = [
    "Highland",
    "Morning",
    "Sài Gòn",
    "Golden",
    "Chang",
    "Northern",
    "Blue River",
    "Hạ Long",
    "Singha",
    "Family",
    "Orchard",
    "Đà Lạt",
    "Lotus",
    "Harbour",
    "Hanoi",
    "Siam",
    "Farmhouse",
    "Sunny",
    "Mae Ploy",
    "Bakers",
];
const GOODS: [&str; 25] = [
    "Cà phê sữa",
    "Iced Tea",
    "Nước mắm",
    "Rice Noodles",
    "น้ำปลา",
    "Chocolate",
    "Bánh mì",
    "ข้าวหอมมะลิ",
    "Milk",
    "Butter",
    "Instant Soup",
    "Trà xanh",
    "Shampoo",
    "Orange Juice",
    "กาแฟเย็น",
    "Corn Flakes",
    "Đường trắng",
    "Toothpaste",
    "Yoghurt",
    "Olive Oil",
    "Peanut Butter",
    "Sparkling Water",
    "Dried Mango",
    "Soy Sauce",
    "Tomato Ketchup",
];
const SIZES: [&str; 8] = [
    "100 g",
    "250 g",
    "330 ml",
    "500 ml",
    "1 l",
    "1 kg",
    "6 x 330 ml",
    "12 pcs",
];

/// Authored names in the shop's three languages, each different.
fn name(n: usize) -> String {
    let (maker, good, size) = (MAKERS[n % 20], GOODS[n / 20 % 25], SIZES[n / 500 % 8]);
    format!("{maker} {good} {size} no {}", n / 4_000)
}
