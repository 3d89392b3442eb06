import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "@playwright/test";

import type { Chain } from "./chain";

/** An e-mail as its reader sees it. */
export interface Mail {
  subject: string;
  text: string;
}

/** A mailbox over the folder into which the office writes e-mails while it has no mail server. */
export class Mailbox {
  readonly #folder: string;
  readonly #address: string;
  readonly #read = new Set<string>();

  constructor(chain: Chain, address: string) {
    this.#folder = join(chain.data, "mail");
    this.#address = address;
    // What came before is somebody else's.
    this.look();
  }

  /** The one e-mail that came since the last look; waits for it. */
  async next(): Promise<Mail> {
    let found: Mail[] = [];
    await expect
      .poll(
        () => {
          found = [...found, ...this.look()];
          return found.length;
        },
        { message: `an e-mail to ${this.#address}`, timeout: 20_000 },
      )
      .toBe(1);
    return found[0] as Mail;
  }

  /** What came since the last look. */
  look(): Mail[] {
    // Made with the first e-mail.
    if (!existsSync(this.#folder)) return [];
    const names = readdirSync(this.#folder).filter((name) => name.endsWith(".eml") && !this.#read.has(name));
    return names.flatMap((name) => {
      const { headers, text } = parse(readFileSync(join(this.#folder, name), "utf8"));
      // Being written just now.
      if (text === "") return [];
      this.#read.add(name);
      return headers.get("to") === this.#address ? [{ subject: decodedWords(headers.get("subject") ?? ""), text }] : [];
    });
  }
}

/** The one address in an e-mail. */
export function linkIn({ text }: Mail): string {
  const links = text.match(/https?:\/\/\S+/g) ?? [];
  expect(links).toHaveLength(1);
  return links[0] as string;
}

function parse(raw: string): { headers: Map<string, string>; text: string } {
  const end = raw.indexOf("\r\n\r\n");
  const lines = raw.slice(0, end).replaceAll(/\r\n[ \t]+/g, " ").split("\r\n");
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]));
  return { headers, text: end < 0 ? "" : decoded(raw.slice(end + 4), headers.get("content-transfer-encoding") ?? "7bit") };
}

function decoded(body: string, encoding: string): string {
  if (encoding === "base64") return Buffer.from(body, "base64").toString("utf8");
  if (encoding !== "quoted-printable") return body;
  return quotedPrintable(body.replaceAll("=\r\n", ""));
}

const quotedPrintable = (text: string) =>
  Buffer.from(text.replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16))), "latin1").toString("utf8");

/** `=?utf-8?b?…?=` of a header (RFC 2047). */
function decodedWords(text: string): string {
  const joined = text.replaceAll(/\?=\s+=\?/g, "?==?");
  return joined.replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
    kind.toLowerCase() === "b" ? Buffer.from(word, "base64").toString("utf8") : quotedPrintable(word.replaceAll("_", " ")),
  );
}
