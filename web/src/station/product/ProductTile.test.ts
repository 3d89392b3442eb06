import { expect, test } from "vitest";

import { partsOf } from "./ProductTile";

test.each([
  ["Own Brand Milk, White 1 gal, no. 3", "Own Brand Milk, White 1 gal, no. 3", ""],
  ["Áo khoác dạ nữ dạ tweed hai hàng khuy Chuồn Kim, M, Xanh lá", "Áo khoác dạ nữ dạ tweed hai hàng khuy Chuồn Kim, ", "M, Xanh lá"],
  ["Own Brand Wheat and Multigrain Bread 20 oz, no. 2", "Own Brand Wheat and Multigrain Bread 20 oz, ", "no. 2"],
  ["A long name that has no comma anywhere at all", "A long name that has no comma anywhere at all", ""],
  ["Something short, and a very long explanation of it", "Something short, and a very long explanation of it", ""],
])("the tile of %s", (name, head, tail) => {
  expect(partsOf(name)).toEqual([head, tail]);
});
