import { expect, test } from "vitest";

import { HOLD_MS, Wedge } from "./wedge";

/**
 * Plays keys with the gaps before them ("8:120" is an 8 after 120 ms) and tells what reached the field and what
 * was scanned. A pause of more than the holding time releases what is held, as the timer does.
 */
function play(keys: string): string {
  const wedge = new Wedge();
  let at = 1000;
  let field = "";
  const scans: string[] = [];
  for (const step of keys.split(" ")) {
    const [key = "", gap = "5"] = step.split(":");
    if (Number(gap) > HOLD_MS) field += wedge.release();
    at += Number(gap);
    const verdict = wedge.press({ key, at });
    field += verdict.release;
    if (verdict.kind === "scan") scans.push(verdict.code ?? "");
    if (verdict.kind === "pass" && key.length === 1) field += key;
    if (verdict.kind === "pass" && key === "Backspace") field = field.slice(0, -1);
  }
  field += wedge.release();
  return `field "${field}"${scans.map((code) => `, scanned ${code}`).join("")}`;
}

const fast = (code: string, first = "5") => [...code].map((key, at) => (at === 0 ? `${key}:${first}` : key)).join(" ");

test.each([
  ["a code at 5 ms a key", `${fast("4006381333931")} Enter`, 'field "", scanned 4006381333931'],
  ["a slow wireless scanner", "4:30 0:30 0:30 6:30 3:30 8:30 Enter:30", 'field "", scanned 400638'],
  ["capital letters with Shift", "Shift A Shift B - 1 2 Enter", 'field "", scanned AB-12'],
  ["fingers typing a word", "m:150 i:140 l:130 k:150 Enter:200", 'field "milk"'],
  ["fingers rolling over two keys", "m:150 i:20 l:130 k:15 Enter:200", 'field "milk"'],
  ["a short burst is not a code", "1 2 3 Enter", 'field "123"'],
  ["digits by fingers and Enter", "1:90 2:90 0:90 0:90 Enter:90", 'field "1200"'],
  ["a code after typed letters", `m:200 i:150 ${fast("96385074", "300")} Enter`, 'field "mi", scanned 96385074'],
  ["two codes one after the other", `${fast("96385074")} Enter ${fast("4006381333931", "60")} Enter`, 'field "", scanned 96385074, scanned 4006381333931'],
  ["a code whose Enter is missing", `${fast("96385074")} m:400 Enter:200`, 'field "96385074m"'],
  ["Backspace keeps the order of an input method", "a:100 a:3 Backspace:2 â:1 Enter:300", 'field "aâ"'],
  ["a code ended by Tab", `${fast("96385074")} Tab`, 'field "", scanned 96385074'],
])("%s", (_name, keys, told) => {
  expect(play(keys)).toBe(told);
});

test("a key held down repeats into the field", () => {
  const wedge = new Wedge();
  wedge.press({ key: "5", at: 0 });
  expect(wedge.press({ key: "5", at: 30, isRepeat: true })).toEqual({ kind: "pass", release: "5" });
});

test("a shortcut is not part of a code", () => {
  const wedge = new Wedge();
  expect(wedge.press({ key: "c", at: 0, isCommand: true })).toEqual({ kind: "pass", release: "" });
});
