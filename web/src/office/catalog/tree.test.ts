import { expect, test } from "vitest";

import { treeOf } from "./tree";

const category = (id: string, parent: string | null) => ({ id, parent, name: id, code: null, version: 1, products: 0 });

test("a tree is read from above, each category below the one that it belongs to", () => {
  const tree = treeOf([category("Apples", "Fruit"), category("Food", null), category("Fruit", "Food"), category("Wear", null)]);
  expect(tree.map(({ path }) => path)).toEqual(["Food", "Food > Fruit", "Food > Fruit > Apples", "Wear"]);
});
