//! What a file is about: its columns with other names for them, and who may take it in.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::Result;
use crate::session::{CatalogManage, LocationManage, PriceManage, StaffManage, StockCount, Viewer};

/// A column of ours, with other names for it.
pub(crate) type Column = (&'static str, &'static [&'static str]);

/// What a file is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Products with their variants, barcodes, prices and suppliers: a row for each variant.
    Products,
    /// Categories, by code.
    Categories,
    /// Suppliers, by code.
    Suppliers,
    /// Brands, by name.
    Brands,
    /// Taxes, by rate.
    Taxes,
    /// Price lists, by code.
    PriceLists,
    /// Prices: of a variant, in a list, from an instant on.
    Prices,
    /// Stock that was there when the system was taken into use: once for each variant and location.
    Stock,
    /// People with their roles, by e-mail address or name.
    Staff,
    /// Locations with their registers, by code.
    Locations,
    /// Containers that goods are weighed in, by code.
    Containers,
}

impl Kind {
    /// All of them, in the order in which a shop moves in.
    pub const ALL: [Self; 11] = [
        Self::Locations,
        Self::Categories,
        Self::Brands,
        Self::Suppliers,
        Self::Containers,
        Self::Taxes,
        Self::Products,
        Self::PriceLists,
        Self::Prices,
        Self::Stock,
        Self::Staff,
    ];

    /// The name in files and databases.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Products => "products",
            Self::Categories => "categories",
            Self::Suppliers => "suppliers",
            Self::Brands => "brands",
            Self::Taxes => "taxes",
            Self::PriceLists => "price_lists",
            Self::Prices => "prices",
            Self::Stock => "stock",
            Self::Staff => "staff",
            Self::Locations => "locations",
            Self::Containers => "containers",
        }
    }

    /// The kind of that name.
    pub fn by_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Whether somebody may take it in, and give it out: what they could do by hand as well.
    pub(crate) fn check(self, viewer: &Viewer) -> Result<()> {
        match self {
            Self::Products
            | Self::Categories
            | Self::Suppliers
            | Self::Brands
            | Self::Taxes
            | Self::Containers => viewer.everywhere::<CatalogManage>().map(drop),
            Self::PriceLists | Self::Prices => viewer.everywhere::<PriceManage>().map(drop),
            Self::Stock => viewer.everywhere::<StockCount>().map(drop),
            Self::Staff => viewer.everywhere::<StaffManage>().map(drop),
            Self::Locations => viewer.everywhere::<LocationManage>().map(drop),
        }
    }

    /// Its columns, those that it needs first.
    pub(crate) const fn columns(self) -> &'static [Column] {
        match self {
            Self::Products => PRODUCTS,
            Self::Categories => CATEGORIES,
            Self::Suppliers => SUPPLIERS,
            Self::Brands => BRANDS,
            Self::Taxes => TAXES,
            Self::PriceLists => PRICE_LISTS,
            Self::Prices => PRICES,
            Self::Stock => STOCK,
            Self::Staff => STAFF,
            Self::Locations => LOCATIONS,
            Self::Containers => CONTAINERS,
        }
    }

    /// How many columns must be there: the first ones.
    pub(crate) const fn needed(self) -> usize {
        match self {
            Self::Brands | Self::Staff => 1,
            Self::Stock | Self::Containers => 3,
            Self::Products
            | Self::Categories
            | Self::Suppliers
            | Self::Taxes
            | Self::PriceLists
            | Self::Prices
            | Self::Locations => 2,
        }
    }

    /// Our name of a column that a refusal names.
    pub(crate) fn column(self, field: &str) -> &'static str {
        let known = self.columns().iter().find(|column| column.0 == field);
        known.map_or("", |column| column.0)
    }
}

const ACTIVE: Column = ("active", &["đang bán", "đang dùng", "ใช้งาน"]);
const NAME: Column = ("name", &["tên", "ชื่อ"]);
const CODE: Column = ("code", &["mã", "รหัส"]);
const SKU: Column = (
    "sku",
    &["mã hàng", "mã sku", "รหัสสินค้า", "item code", "product code"],
);
const UNIT: Column = ("unit", &["đơn vị", "đvt", "หน่วย"]);
const PRICE: Column = (
    "price",
    &["giá bán", "giá", "ราคา", "ราคาขาย", "retail price"],
);
const VALID_FROM: Column = ("valid_from", &["từ ngày", "ตั้งแต่วันที่", "from"]);

const PRODUCTS: &[Column] = &[
    SKU,
    (
        "name",
        &[
            "tên hàng",
            "tên sản phẩm",
            "ชื่อสินค้า",
            "product name",
            "item name",
        ],
    ),
    ("product", &["handle", "parent", "sản phẩm", "สินค้าหลัก"]),
    ("description", &["mô tả", "คำอธิบาย"]),
    ("category", &["nhóm hàng", "หมวดหมู่"]),
    ("brand", &["thương hiệu", "nhãn hiệu", "ยี่ห้อ"]),
    UNIT,
    ("tax", &["tax %", "vat", "thuế", "ภาษี"]),
    (
        "barcode",
        &["barcodes", "mã vạch", "บาร์โค้ด", "ean", "gtin", "upc"],
    ),
    PRICE,
    ("price_per", &["price for"]),
    ("option1_name", &["option1 name"]),
    ("option1", &["option1 value", "size", "kích cỡ", "ขนาด"]),
    ("option2_name", &["option2 name"]),
    ("option2", &["option2 value", "colour", "color", "màu", "สี"]),
    ("option3_name", &["option3 name"]),
    ("option3", &["option3 value"]),
    (
        "supplier",
        &["supplier code", "mã nhà cung cấp", "รหัสผู้จำหน่าย"],
    ),
    ("supplier_sku", &["supplier sku"]),
    ("pack_size", &["pack size", "quy cách"]),
    ACTIVE,
];
const CATEGORIES: &[Column] = &[
    ("code", &["mã", "mã nhóm", "รหัส"]),
    ("name", &["tên", "tên nhóm", "ชื่อ"]),
    ("parent", &["parent code", "mã nhóm cha", "รหัสหมวดหลัก"]),
];
const SUPPLIERS: &[Column] = &[
    ("code", &["mã", "mã nhà cung cấp", "รหัส"]),
    ("name", &["tên", "tên nhà cung cấp", "ชื่อ"]),
    ("phone", &["điện thoại", "โทรศัพท์"]),
    ("email", &["e-mail", "อีเมล"]),
    ("address", &["địa chỉ", "ที่อยู่"]),
    ACTIVE,
];
const CONTAINERS: &[Column] = &[
    CODE,
    NAME,
    ("tare", &["tare g", "bì", "khối lượng bì", "น้ำหนักภาชนะ"]),
    ACTIVE,
];
const BRANDS: &[Column] = &[(
    "name",
    &["tên", "ชื่อ", "brand", "thương hiệu", "nhãn hiệu", "ยี่ห้อ"],
)];
const TAXES: &[Column] = &[
    (
        "rate",
        &[
            "tax %",
            "vat",
            "percent",
            "thuế suất",
            "thuế",
            "อัตราภาษี",
            "ภาษี",
        ],
    ),
    NAME,
];
const PRICE_LISTS: &[Column] = &[
    CODE,
    NAME,
    ("tax_included", &["đã gồm thuế", "รวมภาษี"]),
    ("currency", &["tiền tệ", "สกุลเงิน"]),
    ("priority", &["ưu tiên", "ลำดับความสำคัญ"]),
    VALID_FROM,
    ("valid_until", &["đến ngày", "ถึงวันที่", "until"]),
];
const PRICES: &[Column] = &[
    SKU,
    PRICE,
    ("price_per", &["price for"]),
    UNIT,
    ("price_list", &["price list", "bảng giá", "รายการราคา"]),
    VALID_FROM,
];
const STOCK: &[Column] = &[
    (
        "location",
        &["branch", "mã chi nhánh", "chi nhánh", "รหัสสาขา", "สาขา"],
    ),
    SKU,
    ("quantity", &["số lượng", "tồn", "tồn đầu", "จำนวน"]),
    UNIT,
];
const STAFF: &[Column] = &[
    ("name", &["họ tên", "họ và tên", "tên", "ชื่อ", "ชื่อ-นามสกุล"]),
    ("email", &["e-mail", "อีเมล"]),
    ("role", &["vai trò", "chức vụ", "บทบาท", "ตำแหน่ง"]),
    (
        "location",
        &["branch", "mã chi nhánh", "chi nhánh", "รหัสสาขา", "สาขา"],
    ),
];
const LOCATIONS: &[Column] = &[
    ("code", &["mã", "mã chi nhánh", "รหัส", "รหัสสาขา"]),
    ("name", &["tên", "tên chi nhánh", "ชื่อ", "ชื่อสาขา"]),
    ("kind", &["loại", "ประเภท", "type"]),
    ("time_zone", &["time zone", "múi giờ", "เขตเวลา"]),
    ("address", &["địa chỉ", "ที่อยู่"]),
    ("registers", &["tills", "quầy", "เครื่องขาย"]),
];
