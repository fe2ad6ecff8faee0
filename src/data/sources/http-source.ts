/**
 * A file on a web server as a {@link ByteSource}: range requests, retried with growing pauses, checked against what was asked for and
 * against the first answer, so that a file that changes underway is noticed. Servers that know no ranges send the whole file once.
 */
import { LabError } from '../../core/errors.ts';
import type { ByteSource } from '../types.ts';

export interface HttpOptions {
  readonly signal?: AbortSignal;
  /** The platform's unless given (tests). */
  readonly fetch?: typeof fetch;
  /** Pauses between attempts; tests make them short. */
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

export interface HttpSource extends ByteSource {
  /** As it was asked for. */
  readonly url: string;
  /** Bodies received so far, retries included. */
  readonly bytesReceived: number;
  readonly requests: number;
}

const ATTEMPTS = 6;
const REFUSALS_BELIEVED = 3;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
/** Of a server without ranges: kept whole, in what the browser may put on disk. */
const MAX_WHOLE_BYTES = 1024 * 1024 * 1024;

/** @throws LabError 'network' saying what the server did, 'file-limit' (no ranges and too large), or the signal's reason */
export async function httpSource(url: string, options: HttpOptions = {}): Promise<HttpSource> {
  const connection = new Connection(url, options);
  const size = await connection.open();
  return {
    url,
    name: fileNameOf(url),
    size,
    get bytesReceived() {
      return connection.bytesReceived;
    },
    get requests() {
      return connection.requests;
    },
    slice: (start, end) => connection.read(Math.max(0, start), Math.min(end, size)),
  };
}

/** A small text such as a manifest, with the same patience. @throws LabError as {@link httpSource} */
export async function httpText(url: string, maxBytes: number, options: HttpOptions = {}): Promise<string> {
  return new TextDecoder().decode(await new Connection(url, options).whole(maxBytes));
}

export function fileNameOf(url: string): string {
  const path = url.split(/[?#]/)[0]!.replace(/\/+$/, '');
  const name = path.slice(path.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(name) || url;
  } catch (error) {
    if (error instanceof URIError) return name;
    throw error;
  }
}

/** A failure that another attempt may mend. */
class Transient extends Error {
  readonly retryAfterMs: number | null;
  constructor(message: string, retryAfterMs: number | null = null, cause?: unknown) {
    super(message, { cause });
    this.retryAfterMs = retryAfterMs;
  }
}

class Connection {
  readonly #url: string;
  readonly #options: HttpOptions;
  /** Where redirects led, so that not every slice walks them again. */
  #address: string;
  #size: number | null = null;
  #tag: string | null = null;
  #hasAnswered = false;
  #refusals = 0;
  /** The whole file, of servers without ranges. */
  #whole: Blob | null = null;
  bytesReceived = 0;
  requests = 0;

  constructor(url: string, options: HttpOptions) {
    this.#url = url;
    this.#address = url;
    this.#options = options;
  }

  /** Finds the file's size. */
  async open(): Promise<number> {
    await this.#patiently(async () => {
      const response = await this.#request({ Range: 'bytes=0-0' });
      if (response.status === 200) {
        await this.#keepWhole(response);
        return;
      }
      await this.#body(response, 1);
      this.#size = totalOf(response) ?? (await this.#sizeByHead());
      this.#tag = response.headers.get('ETag');
    });
    return this.#size!;
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    if (this.#whole) return new Uint8Array(await this.#whole.slice(start, end).arrayBuffer());
    const bytes = new Uint8Array(Math.max(0, end - start));
    let have = 0;
    // What came before a connection broke is kept; only the rest is asked for again.
    while (have < bytes.length) {
      await this.#patiently(async () => {
        const from = start + have;
        const response = await this.#request({ Range: `bytes=${from}-${end - 1}` });
        if (response.status === 200) {
          await this.#keepWhole(response);
          bytes.set(await this.read(from, end), have);
          have = bytes.length;
          return;
        }
        this.#checkRange(response, from);
        await this.#body(response, bytes.length - have, (chunk) => {
          bytes.set(chunk, have);
          have += chunk.length;
        });
      });
    }
    return bytes;
  }

  whole(maxBytes: number): Promise<Uint8Array> {
    return this.#patiently(async () => {
      const response = await this.#request({});
      const announced = Number(response.headers.get('Content-Length') ?? 0);
      if (announced > maxBytes) throw tooLarge(this.#url, announced, maxBytes);
      const chunks: Uint8Array[] = [];
      let size = 0;
      await this.#body(response, null, (chunk) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > maxBytes) throw tooLarge(this.#url, size, maxBytes);
      });
      const bytes = new Uint8Array(size);
      let at = 0;
      for (const chunk of chunks) {
        bytes.set(chunk, at);
        at += chunk.length;
      }
      return bytes;
    });
  }

  /** Tries until it works or there is no point in trying on. */
  async #patiently<T>(attempt: () => Promise<T>): Promise<T> {
    const { signal, sleep = pause } = this.#options;
    for (let tries = 1; ; tries++) {
      signal?.throwIfAborted();
      try {
        return await attempt();
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof Transient)) throw error;
        if (tries >= ATTEMPTS) {
          throw new LabError('network', `${fileNameOf(this.#url)}: ${error.message}, ${ATTEMPTS} times.`, 'Try again later: what has arrived is kept, and the import goes on from there.', error);
        }
        // An address that redirects led to may have expired.
        this.#address = this.#url;
        await sleep(Math.min(error.retryAfterMs ?? FIRST_PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS), signal);
      }
    }
  }

  async #request(headers: Readonly<Record<string, string>>, method = 'GET'): Promise<Response> {
    const { signal, fetch: send = fetch } = this.#options;
    this.requests++;
    let response: Response;
    try {
      response = await send(this.#address, { method, headers, ...(signal ? { signal } : {}) });
    } catch (error) {
      signal?.throwIfAborted();
      throw await this.#unreachable(error);
    }
    this.#hasAnswered = true;
    if (response.ok) {
      if (response.redirected) this.#address = response.url;
      return response;
    }
    await response.body?.cancel();
    const what = `the server answers ${response.status}${response.statusText ? ` ${response.statusText}` : ''}`;
    const mayHaveExpired = this.#address !== this.#url && [401, 403, 404, 410].includes(response.status);
    if (response.status === 408 || response.status === 429 || response.status >= 500 || mayHaveExpired) {
      throw new Transient(what, mayHaveExpired ? 0 : retryAfter(response));
    }
    throw new LabError('network', `${this.#url}: ${what}.`, response.status === 404 ? 'Check the address.' : 'The server does not give this file to you: check the address, or use another source.');
  }

  /**
   * A browser does not say why a request failed. One more that wants no answer tells a dead line from a refusal; but a server's “come
   * back later” often lacks the header that lets a page see it, so that only a third refusal is believed, and none after a success.
   */
  async #unreachable(error: unknown): Promise<Error> {
    const { fetch: send = fetch, signal } = this.#options;
    if (!this.#hasAnswered && 'location' in globalThis && isElsewhere(this.#address)) {
      const isAlive = await send(this.#address, { method: 'HEAD', mode: 'no-cors', ...(signal ? { signal } : {}) }).then(
        () => true,
        () => false,
      );
      if (isAlive && ++this.#refusals >= REFUSALS_BELIEVED) {
        return new LabError(
          'network',
          `${this.#url}: the server is there, but does not allow other sites’ pages to read the file (CORS).`,
          'Download the file and drop it on the page, or serve it with the header Access-Control-Allow-Origin.',
          error,
        );
      }
    }
    return new Transient(`no connection (${error instanceof Error ? error.message : String(error)})`, null, error);
  }

  /** Reads a body, handing on its chunks; `expected` bytes or what the server announced must come. */
  async #body(response: Response, expected: number | null, onChunk: (chunk: Uint8Array) => void = () => undefined): Promise<void> {
    const announced = response.headers.get('Content-Encoding') ? null : response.headers.get('Content-Length');
    const wanted = expected ?? (announced === null ? null : Number(announced));
    let received = 0;
    const reader = response.body?.getReader();
    try {
      for (let part = await reader?.read(); part && !part.done; part = await reader!.read()) {
        this.bytesReceived += part.value.length;
        const room = wanted === null ? part.value.length : wanted - received;
        received += part.value.length;
        if (part.value.length > room) {
          await reader!.cancel();
          throw new Transient(`the server sent more than the ${wanted} bytes it should`);
        }
        onChunk(part.value);
      }
    } catch (error) {
      if (error instanceof Transient || error instanceof LabError) throw error;
      this.#options.signal?.throwIfAborted();
      throw new Transient(`the connection broke after ${received}${wanted === null ? '' : ` of ${wanted}`} bytes`, null, error);
    }
    if (wanted !== null && received < wanted) throw new Transient(`the server sent ${received} of ${wanted} bytes`);
  }

  async #keepWhole(response: Response): Promise<void> {
    const announced = Number(response.headers.get('Content-Length') ?? 0);
    if (announced > MAX_WHOLE_BYTES) {
      await response.body?.cancel();
      throw new LabError(
        'file-limit',
        `${this.#url}: the server cannot send parts of a file, and the whole has ${announced} bytes.`,
        'Download the file and drop it on the page, or serve it from a server with range requests.',
      );
    }
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    await this.#body(response, null, (chunk) => chunks.push(chunk as Uint8Array<ArrayBuffer>));
    this.#whole = new Blob(chunks);
    if (this.#size !== null && this.#whole.size !== this.#size) throw changed(this.#url, this.#size, this.#whole.size);
    this.#size = this.#whole.size;
  }

  async #sizeByHead(): Promise<number> {
    const response = await this.#request({}, 'HEAD');
    const length = response.headers.get('Content-Length');
    if (length !== null) return Number(length);
    throw new LabError('network', `${this.#url}: the server does not say how large the file is.`, 'Download the file and drop it on the page.');
  }

  /** That the answer is the range asked for, of the same file as before. */
  #checkRange(response: Response, start: number): void {
    const total = totalOf(response);
    if (total !== null && total !== this.#size) throw changed(this.#url, this.#size!, total);
    const tag = response.headers.get('ETag');
    if (tag !== null && this.#tag !== null && tag !== this.#tag) throw changed(this.#url, this.#size!, this.#size!);
    const from = /^bytes (\d+)-/.exec(response.headers.get('Content-Range') ?? '')?.[1];
    if (from !== undefined && Number(from) !== start) throw new Transient(`the server sent another range (from ${from} instead of ${start})`);
  }
}

function totalOf(response: Response): number | null {
  const total = /\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '')?.[1];
  return total === undefined ? null : Number(total);
}

/** Seconds or a date, as milliseconds from now. */
function retryAfter(response: Response): number | null {
  const value = response.headers.get('Retry-After');
  if (value === null) return null;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

function isElsewhere(url: string): boolean {
  const { origin } = globalThis.location;
  return new URL(url, globalThis.location.href).origin !== origin;
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

function changed(url: string, before: number, now: number): LabError {
  return new LabError('data-mismatch', `${url}: the file changed while it was read (${before} bytes before, ${now} now).`, 'Import it again.');
}

function tooLarge(url: string, size: number, limit: number): LabError {
  return new LabError('file-limit', `${url}: ${size} bytes, the limit is ${limit}.`, 'Check the address.');
}
