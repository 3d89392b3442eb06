//! The words on paper, in the shop's language; the same as the pages use for the same thing.

/// A language that paper is printed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Tiếng Việt.
    Vietnamese,
    /// ไทย.
    Thai,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::English, Self::Vietnamese, Self::Thai];

    /// Its ISO 639 code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Vietnamese => "vi",
            Self::Thai => "th",
        }
    }

    /// The language of that code.
    #[must_use]
    pub fn by_code(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|language| language.code() == code)
    }
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident: $en:literal, $vi:literal, $th:literal;)+) => {
        /// Something that is said on paper.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Word { $($(#[$doc])* $name,)+ }

        impl Word {
            pub(crate) const fn of(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$name, Language::English) => $en,
                      (Self::$name, Language::Vietnamese) => $vi,
                      (Self::$name, Language::Thai) => $th,)+
                }
            }
        }
    };
}

words! {
    Receipt: "Receipt", "Hóa đơn", "ใบเสร็จ";
    Copy: "COPY", "BẢN SAO", "สำเนา";
    TaxNumber: "Tax no.", "MST", "เลขประจำตัวผู้เสียภาษี";
    ServedBy: "Served by", "Thu ngân:", "พนักงานขาย";
    Customer: "Customer:", "Khách hàng:", "ลูกค้า";
    Subtotal: "Subtotal", "Tạm tính", "ยอดก่อนส่วนลด";
    Discount: "Discount", "Giảm giá", "ส่วนลด";
    Saved: "You saved", "Quý khách đã tiết kiệm", "คุณประหยัดไป";
    Total: "Total", "Tổng cộng", "ยอดรวม";
    Tax: "Tax", "Thuế", "ภาษี";
    Rate: "Rate", "Thuế suất", "อัตรา";
    Net: "Without tax", "Chưa thuế", "ก่อนภาษี";
    Cash: "Cash", "Tiền mặt", "เงินสด";
    Card: "Card", "Thẻ", "บัตร";
    Coupon: "Coupon", "Phiếu giảm giá", "คูปอง";
    Account: "On account", "Ghi nợ", "ลงบัญชี";
    Change: "Change", "Tiền thối lại", "เงินทอน";
    Thanks: "Thank you for your visit", "Cảm ơn quý khách", "ขอบคุณที่ใช้บริการ";
    Ticket: "Purchase ticket", "Phiếu mua hàng", "ใบรับซื้อ";
    BoughtBy: "Bought by", "Người mua:", "ผู้รับซื้อ";
    Supplier: "Supplier", "Nhà cung cấp", "ผู้ขาย";
    SupplierDocument: "Supplier’s document", "Chứng từ của nhà cung cấp", "เอกสารของผู้ขาย";
    VoidTicket: "VOID", "HỦY PHIẾU", "ยกเลิกใบรับซื้อ";
    Correction: "CORRECTION", "PHIẾU ĐIỀU CHỈNH", "ใบแก้ไข";
    OfTicket: "Of ticket", "Của phiếu", "ของใบเลขที่";
    TakenBackBy: "NO LONGER VALID, see", "KHÔNG CÒN HIỆU LỰC, xem", "ใช้ไม่ได้แล้ว ดู";
    CashBack: "Cash back", "Tiền mặt hoàn lại", "เงินสดคืน";
    PaidBefore: "Paid before", "Đã trả trước đó", "จ่ายแล้วก่อนหน้า";
    PaidNow: "Paid now", "Trả thêm", "จ่ายเพิ่ม";
    PurchasesBack: "Back for goods", "Hoàn tiền mua hàng", "เงินคืนค่าสินค้า";
    Gross: "Gross", "Cả bì", "น้ำหนักรวม";
    Tare: "Tare", "Bì", "ภาชนะ";
    NetWeight: "Net", "Tịnh", "สุทธิ";
    TypedByHand: "Weight typed by hand", "Cân nặng nhập tay", "น้ำหนักพิมพ์เอง";
    TareTypedByHand: "Tare typed by hand", "Bì nhập tay", "น้ำหนักภาชนะพิมพ์เอง";
    Signature: "Signature of the supplier", "Chữ ký nhà cung cấp", "ลายเซ็นผู้ขาย";
    XReport: "X report", "Báo cáo X", "รายงาน X";
    ZReport: "Z report", "Báo cáo Z", "รายงาน Z";
    Opened: "Opened", "Mở ca", "เปิดกะ";
    Closed: "Closed", "Đóng ca", "ปิดกะ";
    BusinessDate: "Business date", "Ngày kinh doanh", "วันทำการ";
    Sales: "Sales", "Số hóa đơn", "จำนวนใบเสร็จ";
    PurchasesPaid: "Paid out for goods", "Chi mua hàng", "จ่ายค่าสินค้า";
    Float: "Float", "Tiền đầu ca", "เงินทอนตั้งต้น";
    Expected: "Expected in drawer", "Tiền phải có", "เงินที่ควรมี";
    Counted: "Counted", "Đã đếm", "นับได้";
    Difference: "Difference", "Chênh lệch", "ผลต่าง";
    Receipts: "Receipts", "Hóa đơn từ – đến", "ใบเสร็จ";
    GrossSales: "Before discounts", "Trước giảm giá", "ก่อนหักส่วนลด";
    OtherPrices: "Other prices", "Giá khác", "ราคาอื่น";
    Returns: "Returns", "Trả hàng", "คืนสินค้า";
    SalesTotal: "Sales total", "Tổng bán hàng", "ยอดขายรวม";
    Payments: "Payments", "Thanh toán", "การชำระเงิน";
    Departments: "Departments", "Ngành hàng", "แผนก";
    NoDepartment: "Without department", "Chưa phân ngành", "ไม่มีแผนก";
    Drawer: "Drawer", "Ngăn tiền", "ลิ้นชักเงิน";
    CashSales: "Cash from sales", "Tiền mặt bán hàng", "เงินสดจากการขาย";
    PaidIn: "Paid in", "Thu vào quỹ", "นำเงินเข้า";
    PaidOut: "Paid out", "Chi từ quỹ", "จ่ายเงินออก";
    ToSafe: "Taken to the safe", "Nộp két", "นำส่งตู้เซฟ";
    GrandTotal: "Running total", "Tổng lũy kế", "ยอดสะสม";
    GrandTotalBefore: "Running total before", "Lũy kế trước", "ยอดสะสมก่อนหน้า";
    Reason: "Reason", "Lý do", "เหตุผล";
    ApprovedBy: "Approved by", "Người duyệt", "ผู้อนุมัติ";
    AsOf: "As of", "Lúc", "ณ เวลา";
    By: "By", "Người làm", "โดย";
    SignatureOfCashier: "Signature of the cashier", "Chữ ký thu ngân", "ลายเซ็นแคชเชียร์";
    SignatureOfManager: "Signature of the manager", "Chữ ký quản lý", "ลายเซ็นผู้จัดการ";
    ReasonChange: "Change money", "Tiền lẻ", "เงินทอน";
    ReasonFound: "Found money", "Tiền nhặt được", "เงินที่พบ";
    ReasonRepaid: "Money given back", "Hoàn lại tiền chi", "เงินที่ได้คืน";
    ReasonSupplies: "Shop supplies", "Vật dụng cửa hàng", "ของใช้ในร้าน";
    ReasonDelivery: "Delivery and transport", "Giao hàng, vận chuyển", "ค่าขนส่ง";
    ReasonRefreshments: "Food and drinks", "Ăn uống", "อาหารและเครื่องดื่ม";
    ReasonStaff: "Advance to staff", "Tạm ứng nhân viên", "เงินเบิกล่วงหน้าพนักงาน";
    ReasonSafe: "To the safe", "Vào két", "เข้าตู้เซฟ";
    ReasonBank: "To the bank", "Nộp ngân hàng", "นำฝากธนาคาร";
    ReasonOther: "Other", "Khác", "อื่นๆ";
    ReturnReceipt: "RETURN", "TRẢ HÀNG", "คืนสินค้า";
    OfReceipt: "Of receipt", "Của hóa đơn", "ของใบเสร็จ";
    Refund: "Refund", "Hoàn tiền", "เงินคืน";
    Damaged: "damaged", "bị hỏng", "ชำรุด";
    CameBackBefore: "came back before", "đã trả trước đó", "คืนไปก่อนหน้า";
    LostDiscount: "Discount no longer due", "Giảm giá không còn áp dụng", "ส่วนลดที่หมดสิทธิ์";
    KeptGift: "Gift that is kept", "Quà tặng giữ lại", "ของแถมที่เก็บไว้";
    SignatureOfCustomer: "Signature of the customer", "Chữ ký khách hàng", "ลายเซ็นลูกค้า";
    ReasonUnwanted: "Not wanted any more", "Không còn nhu cầu", "ไม่ต้องการแล้ว";
    ReasonSize: "Wrong size or colour", "Sai cỡ hoặc màu", "ผิดขนาดหรือสี";
    ReasonDefective: "Defective", "Sản phẩm lỗi", "สินค้าชำรุด";
    ReasonWrongItem: "Wrong item sold", "Bán nhầm hàng", "ขายผิดชิ้น";
    ReasonPrice: "Wrong price", "Sai giá", "ราคาผิด";
    TestPage: "Test page", "Trang in thử", "หน้าทดสอบ";
}
