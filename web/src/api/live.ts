/** A WebSocket that comes back by itself. Its messages are hints; the truth is asked by HTTP. */
export interface LiveOptions {
  /** Called before every attempt, so that a reconnect can resume where it stopped. */
  url: () => string;
  onMessage: (message: Record<string, unknown>) => void;
  onState: (connected: boolean) => void;
  /** The server has ended it, or does not begin it: the session may be over. */
  onRefused?: () => void;
}

/** What the server closes with when the session has ended. */
const ENDED = 1008;
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 8_000;

/** Connects, reconnects with growing waits, and returns the way to stop. */
export function openLive({ url, onMessage, onState, onRefused }: LiveOptions): () => void {
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = FIRST_WAIT_MS;
  let stopped = false;

  const connect = () => {
    let isOpen = false;
    socket = new WebSocket(url());
    socket.addEventListener("open", () => {
      isOpen = true;
      wait = FIRST_WAIT_MS;
      onState(true);
    });
    socket.addEventListener("message", (event) => {
      const message = parse(event.data);
      if (message) onMessage(message);
    });
    socket.addEventListener("close", ({ code }) => {
      if (stopped) return;
      if (code === ENDED || !isOpen) onRefused?.();
      onState(false);
      timer = setTimeout(connect, wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    });
  };
  const wake = () => {
    if (stopped || socket?.readyState !== WebSocket.CLOSED) return;
    clearTimeout(timer);
    connect();
  };
  window.addEventListener("online", wake);
  connect();

  return () => {
    stopped = true;
    clearTimeout(timer);
    window.removeEventListener("online", wake);
    socket?.close();
  };
}

function parse(data: unknown): Record<string, unknown> | undefined {
  if (typeof data !== "string") return undefined;
  try {
    const message: unknown = JSON.parse(data);
    return typeof message === "object" && message !== null ? (message as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // not ours
  }
}
