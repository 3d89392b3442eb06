// Makes shown.txt: what the browser's Intl makes of amounts, quantities, rates, instants and dates, as the pages ask for them.
// node crates/paper/tests/it/shown.mjs > crates/paper/tests/it/shown.txt
const currencies = { EUR: 2, GBP: 2, JPY: 0, KWD: 3, SGD: 2, THB: 2, USD: 2, VND: 0 };
const minors = [0, 5, -5, 100, 99950, -123456, 1234567890];
const majors = ["1.99", "0.0125", "1234.5"];
const large = { gram: "kilogram", millilitre: "liter", millimetre: "meter" };
const small = { gram: "gram", millilitre: "milliliter", millimetre: "millimeter" };
const quantities = [0, 3, 250, 999, 1000, 1250, 1005, -1500, 1234567];
const say = (...cells) => console.log(cells.join("\t"));
console.log("# Language, what it is, its value, how it is shown. Made by shown.mjs; read by shown.rs and by web/src/format/paper.test.ts.");
for (const locale of ["en", "vi", "th"]) {
  for (const [code, exponent] of Object.entries(currencies)) {
    const format = (digits) => new Intl.NumberFormat(locale, { style: "currency", currency: code, minimumFractionDigits: digits, maximumFractionDigits: digits });
    for (const minor of minors) say(locale, code, minor, format(exponent).format(minor / 10 ** exponent + 0));
    for (const major of majors) say(locale, code, major, format(Math.max(exponent, major.split(".")[1].length)).format(major));
  }
  for (const quantity of quantities) {
    say(locale, "piece", quantity, new Intl.NumberFormat(locale).format(quantity));
    for (const unit of Object.keys(large)) {
      const isLarge = Math.abs(quantity) >= 1000;
      const format = new Intl.NumberFormat(locale, { style: "unit", unit: isLarge ? large[unit] : small[unit], maximumFractionDigits: 3 });
      say(locale, unit, quantity, format.format(isLarge ? quantity / 1000 : quantity));
    }
  }
  for (const bps of [0, 700, 725, 1000]) say(locale, "percent", bps, new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 2 }).format(bps / 10_000));
  for (const at of ["2026-01-02T03:04:05Z", "2026-11-22T17:30:00Z"]) {
    say(locale, "instant", at, new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23", timeZone: "Asia/Bangkok" }).format(new Date(at)));
  }
  for (let month = 1; month <= 12; month++) {
    const date = `2026-${String(month).padStart(2, "0")}-09`;
    say(locale, "date", date, new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(`${date}T00:00:00Z`)));
  }
}
