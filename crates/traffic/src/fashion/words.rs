//! The words of the fashion chain: cuts, materials, colours and lines. Brands, names and prices are authored.
use super::style::Season;

/// In which sizes a cut is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sizes {
    /// S to XL.
    Letters,
    /// 28 to 34.
    Inches,
    /// One for all.
    One,
}

impl Sizes {
    /// The sizes, each with its share of what is sold.
    pub(super) const fn names(self) -> &'static [(&'static str, i64)] {
        match self {
            Self::Letters => &[("S", 24), ("M", 36), ("L", 28), ("XL", 12)],
            Self::Inches => &[("28", 14), ("29", 24), ("30", 26), ("32", 24), ("34", 12)],
            Self::One => &[("", 100)],
        }
    }
}

/// What a style is cut as.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) name: &'static str,
    pub(super) is_english: bool,
    pub(super) brand: &'static str,
    /// Department and shelf.
    pub(super) shelf: (&'static str, &'static str),
    pub(super) materials: &'static [&'static str],
    pub(super) details: &'static [&'static str],
    pub(super) sizes: Sizes,
    pub(super) colours: usize,
    /// Thousands of dong, least and most.
    pub(super) price: (i64, i64),
    pub(super) seasons: &'static [Season],
    /// How well it sells in Hanoi and in Ho Chi Minh City, in thousandths.
    pub(super) north: i64,
    pub(super) south: i64,
    /// The same by quarter of the year.
    pub(super) warmth: [i64; 4],
}

/// The women's brand.
const WOMEN: &str = "Lam Chiều";
/// The men's.
const MEN: &str = "North Alley";
/// The young people's.
const YOUNG: &str = "Phố Mưa";

const LIGHT: &[Season] = &[Season::Core, Season::Summer];
const WARM: &[Season] = &[Season::Winter];
const YEAR_ROUND: &[Season] = &[Season::Core, Season::Summer, Season::Winter];
const FESTIVE: &[Season] = &[Season::Tet];
const DRESSED: &[Season] = &[Season::Summer, Season::Winter, Season::Tet];
const EVEN: [i64; 4] = [1_000; 4];
const HOT: [i64; 4] = [800, 1_300, 1_150, 750];
const COLD: [i64; 4] = [1_200, 250, 450, 1_700];

/// Every cut there is.
pub(super) const KINDS: &[Cut] = &[
    Cut {
        name: "Đầm midi",
        is_english: false,
        brand: WOMEN,
        shelf: ("Nữ", "Đầm & váy liền"),
        materials: &["linen", "lụa tơ tằm", "đũi", "voan hoa nhí"],
        details: &["cổ vuông", "cổ vest thắt eo", "tay phồng", "xếp ly"],
        sizes: Sizes::Letters,
        colours: 3,
        price: (690, 1_290),
        seasons: DRESSED,
        north: 1_000,
        south: 1_150,
        warmth: HOT,
    },
    Cut {
        name: "Áo sơ mi nữ",
        is_english: false,
        brand: WOMEN,
        shelf: ("Nữ", "Sơ mi & áo kiểu"),
        materials: &["lụa", "cotton poplin", "linen pha"],
        details: &["cổ đức", "cổ nơ", "dáng rộng", "tay lỡ"],
        sizes: Sizes::Letters,
        colours: 3,
        price: (390, 690),
        seasons: YEAR_ROUND,
        north: 1_050,
        south: 1_000,
        warmth: EVEN,
    },
    Cut {
        name: "Chân váy",
        is_english: false,
        brand: WOMEN,
        shelf: ("Nữ", "Chân váy"),
        materials: &["tweed", "lụa", "kaki", "tencel"],
        details: &["chữ A", "xếp ly dài", "bút chì", "xẻ tà"],
        sizes: Sizes::Letters,
        colours: 2,
        price: (420, 750),
        seasons: YEAR_ROUND,
        north: 1_000,
        south: 1_000,
        warmth: EVEN,
    },
    Cut {
        name: "Quần suông nữ",
        is_english: false,
        brand: WOMEN,
        shelf: ("Nữ", "Quần"),
        materials: &["linen", "tuyết mưa", "tencel"],
        details: &["ống rộng cạp cao", "xếp ly trước", "cạp chun"],
        sizes: Sizes::Letters,
        colours: 3,
        price: (450, 790),
        seasons: YEAR_ROUND,
        north: 1_000,
        south: 1_050,
        warmth: EVEN,
    },
    Cut {
        name: "Áo khoác dạ nữ",
        is_english: false,
        brand: WOMEN,
        shelf: ("Nữ", "Áo khoác"),
        materials: &["dạ lông cừu", "dạ tweed", "nỉ bông"],
        details: &["dáng dài đai thắt", "hai hàng khuy", "cổ lông"],
        sizes: Sizes::Letters,
        colours: 2,
        price: (1_290, 2_490),
        seasons: WARM,
        north: 1_600,
        south: 150,
        warmth: COLD,
    },
    Cut {
        name: "Áo dài cách tân",
        is_english: false,
        brand: WOMEN,
        shelf: ("Nữ", "Áo dài"),
        materials: &["gấm", "lụa Hà Đông", "organza thêu", "nhung"],
        details: &["thêu hoa mai", "thêu hoa đào", "cổ tròn tay lỡ", "kèm mấn"],
        sizes: Sizes::Letters,
        colours: 3,
        price: (890, 1_890),
        seasons: FESTIVE,
        north: 1_100,
        south: 1_000,
        warmth: EVEN,
    },
    Cut {
        name: "shirt",
        is_english: true,
        brand: MEN,
        shelf: ("Nam", "Sơ mi"),
        materials: &["Oxford", "linen", "poplin", "bamboo"],
        details: &["slim fit", "regular fit", "camp collar", "button-down"],
        sizes: Sizes::Letters,
        colours: 3,
        price: (390, 650),
        seasons: DRESSED,
        north: 1_000,
        south: 1_000,
        warmth: EVEN,
    },
    Cut {
        name: "polo",
        is_english: true,
        brand: MEN,
        shelf: ("Nam", "Polo & áo thun"),
        materials: &["piqué", "coffee-yarn", "mercerised cotton"],
        details: &["slim fit", "with tipping", "zip collar"],
        sizes: Sizes::Letters,
        colours: 4,
        price: (320, 520),
        seasons: LIGHT,
        north: 950,
        south: 1_150,
        warmth: HOT,
    },
    Cut {
        name: "chinos",
        is_english: true,
        brand: MEN,
        shelf: ("Nam", "Quần"),
        materials: &["stretch twill", "washed cotton", "linen-blend"],
        details: &["tapered", "straight", "ankle length"],
        sizes: Sizes::Inches,
        colours: 3,
        price: (450, 720),
        seasons: YEAR_ROUND,
        north: 1_000,
        south: 1_000,
        warmth: EVEN,
    },
    Cut {
        name: "jacket",
        is_english: true,
        brand: MEN,
        shelf: ("Nam", "Áo khoác"),
        materials: &["quilted", "wool-blend", "water-repellent", "fleece-lined"],
        details: &["with hood", "bomber", "field cut"],
        sizes: Sizes::Letters,
        colours: 2,
        price: (890, 1_790),
        seasons: WARM,
        north: 1_550,
        south: 220,
        warmth: COLD,
    },
    Cut {
        name: "tee",
        is_english: true,
        brand: YOUNG,
        shelf: ("Phố Mưa", "Áo thun"),
        materials: &["heavy cotton", "organic cotton", "cool-touch"],
        details: &["oversized", "boxy", "with back print", "cropped"],
        sizes: Sizes::Letters,
        colours: 4,
        price: (190, 350),
        seasons: YEAR_ROUND,
        north: 1_150,
        south: 1_400,
        warmth: HOT,
    },
    Cut {
        name: "jeans",
        is_english: true,
        brand: YOUNG,
        shelf: ("Phố Mưa", "Jeans"),
        materials: &["rigid denim", "stretch denim", "recycled denim"],
        details: &["straight", "wide leg", "mom fit"],
        sizes: Sizes::Inches,
        colours: 2,
        price: (490, 820),
        seasons: YEAR_ROUND,
        north: 1_100,
        south: 950,
        warmth: EVEN,
    },
    Cut {
        name: "Túi đeo chéo",
        is_english: false,
        brand: WOMEN,
        shelf: ("Phụ kiện", "Túi"),
        materials: &["da thuộc", "canvas", "cói đan tay"],
        details: &["nắp gập", "dáng hộp", "quai xích"],
        sizes: Sizes::One,
        colours: 3,
        price: (350, 890),
        seasons: YEAR_ROUND,
        north: 900,
        south: 900,
        warmth: EVEN,
    },
    Cut {
        name: "Khăn quàng",
        is_english: false,
        brand: WOMEN,
        shelf: ("Phụ kiện", "Khăn & mũ"),
        materials: &["lụa tơ tằm", "len lông cừu", "cashmere pha"],
        details: &["in họa tiết", "kẻ caro", "trơn"],
        sizes: Sizes::One,
        colours: 3,
        price: (190, 490),
        seasons: DRESSED,
        north: 1_000,
        south: 350,
        warmth: COLD,
    },
];

/// Code in the SKU, and name.
pub(super) const COLOURS: &[(&str, &str)] = &[
    ("DEN", "Đen"),
    ("TRA", "Trắng ngà"),
    ("BEE", "Be"),
    ("XNV", "Xanh navy"),
    ("NAU", "Nâu đất"),
    ("DDO", "Đỏ đô"),
    ("XRE", "Xanh rêu"),
    ("HPH", "Hồng phấn"),
    ("XAM", "Xám khói"),
    ("VMO", "Vàng mơ"),
    ("XTR", "Xanh da trời"),
    ("TIM", "Tím khoai môn"),
    ("KEM", "Kem"),
];

/// Lines of the women's brand.
pub(super) const LINES: &[&str] = &[
    "Sương Mai",
    "Nắng Thu",
    "Mây Trắng",
    "Hương Cau",
    "Phù Sa",
    "Lá Phong",
    "Thủy Mặc",
    "Chuồn Kim",
    "Hoàng Lan",
    "Dã Quỳ",
    "Sen Tây Hồ",
    "Ban Trắng",
    "Gió Lào",
    "Trăng Non",
    "Cúc Họa Mi",
    "Mộc Lan",
    "Sông Hương",
    "Bằng Lăng",
    "Đồi Chè",
    "Tháng Ba",
    "Ngọc Lan",
    "Lưu Ly",
    "Bình Minh",
];

/// Lines of the brands with English names.
pub(super) const LINES_EN: &[&str] = &[
    "Harbour",
    "Longbien",
    "Rainy Lane",
    "Ferry",
    "Old Quarter",
    "Monsoon",
    "Banyan",
    "Highlands",
    "Delta",
    "Balcony",
    "Scooter",
    "Lantern",
    "Riverside",
    "Alley 36",
    "Night Market",
    "Pier",
    "Terrace",
    "Early Train",
    "Corner Café",
];
