const PHASES = ["calm", "cut", "sold_out", "back", "picking", "judged"];
const WORDS = {
  en: {
    title: "The last {units} units of {product}",
    steps: { calm: "Shelves full", cut: "A shop is cut off", sold_out: "Sold out", back: "Connected again", picking: "Orders picked", judged: "Database asked" },
    story: {
      waiting: "It begins now.",
      calm: "{units} units: {shelf} at {first}, {shelf} at {second}. {second} has given {given} of its own to the web shop.",
      cut: "{second} is cut off from everything. It sells on, and so do {first} and the web, {buyers} buyers pressing Pay at the same moment.",
      sold_out: "Everybody is sold out. What still stands on the shelf of {second} was paid for on the web. Its tills never heard of those orders, and still they refused to sell these units.",
      back: "{second} is connected again: its sales are in the office. Everybody tries to buy once more, and is refused.",
      picking: "The shops pick what was bought on the web, and hand it over. Nobody is told that there is none left.",
      judged: "Everything that tills and buyers were told was compared with the office’s database.",
    },
    stock: "Where the {units} units went", left: "not sold", web: "Web shop", connected: "connected", off: "cut off",
    sold: "sold", onlyHere: "{count} records are only in this shop", here: "nothing is only in this shop", theirs: "{count} units on this shelf are the web shop’s",
    refusedWeb: "{count} buyers were told “sold out” before they paid", refusedTill: "{count} customers were told “sold out”",
    picked: "{count} web orders handed over here", oversold: "Sold twice", lost: "Lost", doubled: "Counted twice",
    completeTo: "Complete to", completeHint: "The office knows everything before this moment",
    behindHint: "The office says itself from when on it does not know everything", mustBeZero: "must be 0",
    records: "Records in the office", accepted: "arrived", applied: "in the figures", waiting: "waiting", quarantined: "set aside", queued: "queued",
    holds: "It holds: {units} were there, {sold} were sold, none twice.", fails: "It does not hold.",
    proof: "{web} on the web, {a} by {first}, {b} by {second}, {left} left. Oversold {oversold}, lost {lost}, doubled {doubled}: read from the database.",
  },
  vi: {
    title: "{units} đơn vị cuối cùng của {product}",
    steps: { calm: "Kệ đầy hàng", cut: "Một cửa hàng mất kết nối", sold_out: "Hết hàng", back: "Có kết nối lại", picking: "Soạn đơn hàng", judged: "Hỏi cơ sở dữ liệu" },
    story: {
      waiting: "Bắt đầu ngay bây giờ.",
      calm: "{units} đơn vị: {shelf} ở {first}, {shelf} ở {second}. {second} đã nhường {given} đơn vị của mình cho cửa hàng web.",
      cut: "{second} bị cắt khỏi mọi kết nối. Nó vẫn bán tiếp, {first} và web cũng vậy, mỗi lượt {buyers} người bấm Thanh toán cùng một lúc.",
      sold_out: "Tất cả đều hết hàng. Những gì còn trên kệ của {second} đã được trả tiền trên web. Quầy ở đó chưa hề nghe về các đơn này, nhưng vẫn từ chối bán chúng.",
      back: "{second} đã có kết nối lại: các lần bán đã về văn phòng. Mọi người thử mua thêm lần nữa, và đều bị từ chối.",
      picking: "Các cửa hàng soạn những gì đã mua trên web và giao cho khách. Không ai bị báo là hết hàng.",
      judged: "Mọi lần bán đã báo cho khách được so với cơ sở dữ liệu của văn phòng.",
    },
    stock: "{units} đơn vị đã đi đâu", left: "chưa bán", web: "Cửa hàng web", connected: "có kết nối", off: "mất kết nối",
    sold: "đã bán", onlyHere: "{count} bản ghi chỉ có ở cửa hàng này", here: "không có gì chỉ nằm ở cửa hàng này", theirs: "{count} đơn vị trên kệ này là của cửa hàng web",
    refusedWeb: "{count} người được báo “hết hàng” trước khi trả tiền", refusedTill: "{count} khách được báo “hết hàng”",
    picked: "{count} đơn web đã giao tại đây", oversold: "Bán hai lần", lost: "Bị mất", doubled: "Tính hai lần",
    completeTo: "Đầy đủ đến", completeHint: "Văn phòng biết mọi thứ trước thời điểm này",
    behindHint: "Văn phòng tự nói từ lúc nào nó không biết hết", mustBeZero: "phải là 0",
    records: "Bản ghi ở văn phòng", accepted: "đã đến", applied: "đã vào số liệu", waiting: "đang chờ", quarantined: "để riêng", queued: "xếp hàng",
    holds: "Đúng: có {units}, bán {sold}, không cái nào bán hai lần.", fails: "Không đúng.",
    proof: "{web} trên web, {a} tại {first}, {b} tại {second}, còn {left}. Bán quá {oversold}, mất {lost}, trùng {doubled}: đọc từ cơ sở dữ liệu.",
  },
  th: {
    title: "{product} {units} ชิ้นสุดท้าย",
    steps: { calm: "ของเต็มชั้น", cut: "สาขาหนึ่งขาดการเชื่อมต่อ", sold_out: "ขายหมด", back: "เชื่อมต่ออีกครั้ง", picking: "จัดของตามคำสั่งซื้อ", judged: "ถามฐานข้อมูล" },
    story: {
      waiting: "เริ่มเดี๋ยวนี้",
      calm: "มี {units} ชิ้น: {shelf} ชิ้นที่ {first} และ {shelf} ชิ้นที่ {second} ซึ่งยกให้ร้านบนเว็บ {given} ชิ้น",
      cut: "{second} ขาดการเชื่อมต่อทั้งหมด แต่ยังขายต่อ {first} และเว็บก็ขายต่อ มีผู้ซื้อกดจ่ายพร้อมกันครั้งละ {buyers} คน",
      sold_out: "ทุกที่ขายหมดแล้ว ของที่ยังอยู่บนชั้นของ {second} ถูกจ่ายเงินบนเว็บแล้ว เครื่องขายที่นั่นไม่เคยได้ยินเรื่องคำสั่งซื้อเหล่านี้ แต่ก็ไม่ยอมขายของเหล่านี้",
      back: "{second} เชื่อมต่ออีกครั้ง ยอดขายมาถึงสำนักงานแล้ว ทุกคนลองซื้ออีกครั้ง และถูกปฏิเสธ",
      picking: "สาขาจัดของที่ซื้อบนเว็บและส่งมอบ ไม่มีใครถูกบอกว่าของหมด",
      judged: "ทุกการขายที่ลูกค้าได้รับแจ้งถูกเทียบกับฐานข้อมูลของสำนักงาน",
    },
    stock: "ของ {units} ชิ้นไปอยู่ที่ไหน", left: "ยังไม่ขาย", web: "ร้านบนเว็บ", connected: "เชื่อมต่ออยู่", off: "ขาดการเชื่อมต่อ",
    sold: "ขายแล้ว", onlyHere: "มี {count} รายการอยู่ที่สาขานี้เท่านั้น", here: "ไม่มีรายการที่อยู่ที่สาขานี้เท่านั้น", theirs: "{count} ชิ้นบนชั้นนี้เป็นของร้านบนเว็บ",
    refusedWeb: "ผู้ซื้อ {count} คนได้รับแจ้งว่า “หมดแล้ว” ก่อนจ่ายเงิน", refusedTill: "ลูกค้า {count} คนได้รับแจ้งว่า “หมดแล้ว”",
    picked: "ส่งมอบคำสั่งซื้อจากเว็บที่นี่ {count} รายการ", oversold: "ขายซ้ำ", lost: "สูญหาย", doubled: "นับซ้ำ",
    completeTo: "ครบถ้วนถึง", completeHint: "สำนักงานรู้ทุกอย่างก่อนเวลานี้",
    behindHint: "สำนักงานบอกเองว่าตั้งแต่เมื่อไรที่ยังรู้ไม่ครบ", mustBeZero: "ต้องเป็น 0",
    records: "รายการในสำนักงาน", accepted: "มาถึงแล้ว", applied: "อยู่ในตัวเลข", waiting: "รออยู่", quarantined: "แยกไว้", queued: "อยู่ในคิว",
    holds: "ถูกต้อง: มี {units} ชิ้น ขาย {sold} ชิ้น ไม่มีชิ้นใดขายซ้ำ", fails: "ไม่ถูกต้อง",
    proof: "บนเว็บ {web} ที่ {first} {a} ที่ {second} {b} เหลือ {left} ขายเกิน {oversold} สูญหาย {lost} ซ้ำ {doubled}: อ่านจากฐานข้อมูล",
  },
};

const at = (id) => document.getElementById(id);
const box = at("language");
const wanted = new URLSearchParams(location.search).get("lang") ?? navigator.language.slice(0, 2);
box.value = wanted in WORDS ? wanted : "en";
const words = () => WORDS[box.value];
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const number = (value) => value.toLocaleString(box.value);

/** A new element with text; what the server says is never read as HTML. */
function element(name, text = "", look = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = look;
  return made;
}

function card(look, title, value, ...notes) {
  const made = element("section", "", look);
  made.append(element("h2", title), element("p", value, "number"), ...notes.map((note) => element("p", note, "small")));
  return made;
}

function seller(shop) {
  const w = words();
  const notes = [fill(w.refusedTill, { count: number(shop.refused) })];
  notes.push(shop.pending > 0 ? fill(w.onlyHere, { count: number(shop.pending) }) : w.here);
  if (shop.given > shop.picked) notes.push(fill(w.theirs, { count: number(shop.given - shop.picked) }));
  if (shop.picked > 0) notes.push(fill(w.picked, { count: number(shop.picked) }));
  const made = card(shop.up ? "" : "off", shop.name, number(shop.sold), w.sold, ...notes);
  made.prepend(element("span", shop.up ? w.connected : w.off, "tag"));
  return made;
}

function draw(state) {
  const w = words();
  const [a, b] = state.shops;
  const sold = state.web.sold + a.sold + b.sold;
  const units = 2 * state.shelf;
  const values = { units: number(units), product: state.product, shelf: number(state.shelf), first: a.name, second: b.name, given: number(b.given), buyers: number(state.buyers), sold: number(sold) };
  document.documentElement.lang = box.value;
  document.title = at("title").textContent = fill(w.title, values);
  const now = PHASES.indexOf(state.phase);
  at("steps").replaceChildren(...PHASES.map((phase, place) => element("li", `${place + 1}. ${w.steps[phase]}`, place < now || state.phase === "judged" ? "done" : place === now ? "now" : "")));
  at("story").textContent = fill(w.story[state.phase], values);

  at("stock").textContent = fill(w.stock, values);
  const parts = [["web", w.web, state.web.sold], ["first", a.name, a.sold], ["second", b.name, b.sold]];
  for (const [look, , count] of parts) {
    const part = document.querySelector(`#bar .${look}`);
    part.style.width = `${(100 * count) / Math.max(units, sold)}%`;
    part.textContent = count > 9 ? number(count) : "";
  }
  at("legend").replaceChildren(...[...parts, ["left", w.left, units - sold]].map(([look, name, count]) => {
    const entry = element("span");
    entry.append(element("i", "", look), `${name} ${number(count)}`);
    return entry;
  }));

  at("sellers").replaceChildren(
    card("", w.web, number(state.web.sold), w.sold, fill(w.refusedWeb, { count: number(state.web.refused) })),
    seller(a), seller(b));

  const { office, verdict } = state;
  const counted = verdict ?? office;
  const zero = (name) => card(counted && counted[name] !== 0 ? "wrong" : "zero", w[name], counted ? number(counted[name]) : "–", w.mustBeZero);
  const time = office?.complete_to ? new Date(office.complete_to).toLocaleTimeString(box.value, { hour12: false }) : "–";
  const isBehind = !b.up;
  at("counters").replaceChildren(zero("oversold"), zero("lost"), zero("doubled"),
    card(isBehind ? "behind" : "", w.completeTo, time, isBehind ? w.behindHint : w.completeHint));
  at("records").textContent = w.records;
  if (office) {
    const part = (name) => `${number(office[name])} ${w[name]}`;
    at("equation").textContent = `${part("accepted")} = ${part("applied")} + ${part("waiting")} + ${part("quarantined")} + ${part("queued")}`;
  }

  at("verdict").hidden = !verdict;
  if (verdict) {
    at("verdict").className = verdict.holds ? "" : "wrong";
    at("outcome").textContent = fill(verdict.holds ? w.holds : w.fails, { ...values, sold: number(verdict.web + verdict.shops[0] + verdict.shops[1]) });
    at("proof").textContent = fill(w.proof, { ...values, ...verdict, a: verdict.shops[0], b: verdict.shops[1] });
  }
}

let last;
async function look() {
  try {
    last = await (await fetch("/state")).json();
    draw(last);
  } catch {
    // The demo has ended: the last figures stay.
  }
  setTimeout(look, 250);
}
box.addEventListener("change", () => last && draw(last));
look();
