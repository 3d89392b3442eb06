import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";

import { expect, type APIRequestContext } from "@playwright/test";

const GENESIS = "0".repeat(64);

/** What a record says in its header besides its place. */
interface Event {
  type: string;
  aggregate: string;
  business_date: string;
  register?: string;
  staff?: string;
  body: string;
}

/** A branch computer that can write what no real one would: the records are signed and chained as the cloud wants them. */
export class PretendedNode {
  readonly #cloud: APIRequestContext;
  readonly #key: KeyObject;
  readonly #boot = crypto.randomUUID();
  readonly id: string;
  readonly epoch: number;
  readonly #incarnation: number;
  readonly #location: string;
  #seq = 0;
  #prev = GENESIS;

  private constructor(cloud: APIRequestContext, key: KeyObject, enrolled: { node_id: string; epoch: number; incarnation: number; location: { id: string } }) {
    this.#cloud = cloud;
    this.#key = key;
    this.id = enrolled.node_id;
    this.epoch = enrolled.epoch;
    this.#incarnation = enrolled.incarnation;
    this.#location = enrolled.location.id;
  }

  /** Takes the place that a code stands for. */
  static async enrol(cloud: APIRequestContext, code: string): Promise<PretendedNode> {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
    const answer = await cloud.post("/v1/enrol", {
      data: { code, public_key: raw.toString("base64"), fingerprint: "pretended", version: "0.0.0" },
    });
    expect(answer.ok(), await answer.text()).toBe(true);
    return new PretendedNode(cloud, privateKey, await answer.json());
  }

  /** Records events and sends them; answers their numbers. */
  async push(events: Event[]): Promise<number[]> {
    const first_seq = this.#seq + 1;
    const prev = this.#prev;
    const records = events.map((event) => this.#record(event));
    const batch = {
      proto: 1,
      node: this.id,
      epoch: this.epoch,
      boot: this.#boot,
      first_seq,
      events: records,
      prev,
      head_seq: this.#seq,
      acked_seq: first_seq - 1,
      incarnation: this.#incarnation,
      r_cursor: 0,
      clock: new Date().toISOString(),
      version: "0.0.0",
    };
    const path = `/v1/nodes/${this.id}/events`;
    const body = JSON.stringify(batch);
    const digest = createHash("sha256").update(body).digest();
    const message = Buffer.concat([Buffer.from(`branchline-request-1\nPOST\n${path}\n`), digest]);
    const answer = await this.#cloud.post(path, {
      headers: {
        "content-type": "application/json",
        "branchline-node": this.id,
        "branchline-signature": sign(null, message, this.#key).toString("base64"),
      },
      data: body,
    });
    expect(await answer.json()).toMatchObject({ reply: "ack", ack_seq: this.#seq });
    return events.map((_, at) => first_seq + at);
  }

  #record({ body, ...event }: Event) {
    this.#seq += 1;
    const header = JSON.stringify({
      v: 1,
      node: this.id,
      epoch: this.epoch,
      seq: this.#seq,
      id: crypto.randomUUID(),
      ver: 1,
      hlc: { ms: Date.now(), n: 0 },
      at: new Date().toISOString(),
      location: this.#location,
      ...event,
      prev: this.#prev,
    });
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(Buffer.byteLength(header)));
    const hash = createHash("sha256").update(length).update(header).update(body).digest("hex");
    this.#prev = hash;
    return { h: header, b: body, x: hash };
  }
}
