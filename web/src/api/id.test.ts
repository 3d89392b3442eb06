import { expect, test } from "vitest";

import { newId } from "./id";

test("an id is a UUIDv7 that begins with its millisecond", () => {
  const id = newId(0x0190_1234_5678);
  expect(id).toMatch(/^01901234-5678-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("two ids of one millisecond differ", () => {
  expect(newId(1)).not.toBe(newId(1));
});
