/** How people count and price what is kept in base units; the database has the same (table `unit`). */
export const UNITS = [
  { code: "piece", base: "piece", factor: 1 },
  { code: "pair", base: "piece", factor: 2 },
  { code: "dozen", base: "piece", factor: 12 },
  { code: "hundred", base: "piece", factor: 100 },
  { code: "g", base: "gram", factor: 1 },
  { code: "100g", base: "gram", factor: 100 },
  { code: "kg", base: "gram", factor: 1000 },
  { code: "ml", base: "millilitre", factor: 1 },
  { code: "l", base: "millilitre", factor: 1000 },
  { code: "mm", base: "millimetre", factor: 1 },
  { code: "cm", base: "millimetre", factor: 10 },
  { code: "m", base: "millimetre", factor: 1000 },
];
