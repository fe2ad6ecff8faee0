/** A real web server that serves files, well or badly, as its path says. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';

export interface ServerLog {
  requests: number;
  /** Bytes of answers that are over. */
  bytesSent: number;
}

export interface FileServer {
  /** Without a slash at the end. */
  readonly url: string;
  readonly log: ServerLog;
  /** From now on, counts the bytes of answers; the function given tells once all that was asked is answered. A client that was stopped may leave answers under way. */
  countBytes(): Promise<() => Promise<number>>;
  close(): Promise<void>;
}

type Behaviour = (request: IncomingMessage, response: ServerResponse, file: Uint8Array, state: { tries: number }) => void;

function range(request: IncomingMessage, size: number): [number, number] | null {
  const found = /^bytes=(\d+)-(\d+)?$/.exec(request.headers.range ?? '');
  return found ? [Number(found[1]), Math.min(Number(found[2] ?? size - 1), size - 1)] : null;
}

function sendRange(request: IncomingMessage, response: ServerResponse, file: Uint8Array, headers: Record<string, string> = {}): void {
  const asked = range(request, file.length);
  const body = asked ? file.subarray(asked[0], asked[1] + 1) : file;
  response.writeHead(asked ? 206 : 200, {
    'Content-Length': body.length,
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Expose-Headers': 'Content-Range, ETag',
    ...(asked ? { 'Content-Range': `bytes ${asked[0]}-${asked[1]}/${file.length}` } : {}),
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** How the first part of the path makes the server behave. */
const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  good: (request, response, file) => sendRange(request, response, file),
  'no-ranges': (_request, response, file) => {
    response.writeHead(200, { 'Content-Length': file.length, 'Access-Control-Allow-Origin': '*' });
    response.end(file);
  },
  redirect: (request, response) => {
    response.writeHead(302, { Location: request.url!.replace('/redirect/', '/good/'), 'Access-Control-Allow-Origin': '*' });
    response.end();
  },
  /** Redirects to an address that stops working after three requests. */
  'expiring-redirect': (request, response) => {
    response.writeHead(302, { Location: request.url!.replace('/expiring-redirect/', '/expired-after-3/'), 'Access-Control-Allow-Origin': '*' });
    response.end();
  },
  'expired-after-3': (request, response, file, state) => {
    if (state.tries % 4 === 0) response.writeHead(403).end();
    else sendRange(request, response, file);
  },
  '429-first': (request, response, file, state) => {
    if (state.tries <= 2) response.writeHead(429, { 'Retry-After': '7' }).end();
    else sendRange(request, response, file);
  },
  '503-every-other': (request, response, file, state) => {
    if (state.tries % 2 === 1) response.writeHead(503).end();
    else sendRange(request, response, file);
  },
  '500-always': (_request, response) => void response.writeHead(500).end(),
  '404': (_request, response) => void response.writeHead(404).end(),
  '403': (_request, response) => void response.writeHead(403).end(),
  /** Sends half of what is asked for, then hangs up. */
  'cut-in-the-middle': (request, response, file, state) => {
    const asked = range(request, file.length);
    if (!asked || state.tries % 3 !== 0) {
      sendRange(request, response, file);
      return;
    }
    const body = file.subarray(asked[0], asked[1] + 1);
    response.writeHead(206, { 'Content-Length': body.length, 'Content-Range': `bytes ${asked[0]}-${asked[1]}/${file.length}` });
    response.write(body.subarray(0, body.length >> 1), () => response.destroy());
  },
  'cut-always': (request, response, file) => {
    const asked = range(request, file.length) ?? [0, file.length - 1];
    response.writeHead(206, { 'Content-Length': asked[1] - asked[0] + 1, 'Content-Range': `bytes ${asked[0]}-${asked[1]}/${file.length}` });
    response.flushHeaders();
    response.destroy();
  },
  /** A body shorter than the range, though the headers agree with it. */
  'short-bodies': (request, response, file, state) => {
    const asked = range(request, file.length);
    if (!asked || state.tries % 2 === 1) sendRange(request, response, file);
    else {
      const body = file.subarray(asked[0], asked[0] + ((asked[1] - asked[0]) >> 1) + 1);
      response.writeHead(206, { 'Content-Length': body.length, 'Content-Range': `bytes ${asked[0]}-${asked[0] + body.length - 1}/${file.length}` });
      response.end(body);
    }
  },
  'too-long-always': (request, response, file) => {
    const asked = range(request, file.length) ?? [0, 0];
    response.writeHead(206, { 'Content-Range': `bytes ${asked[0]}-${asked[1]}/${file.length}` });
    response.end(Buffer.concat([file.subarray(asked[0], asked[1] + 1), Buffer.alloc(1000)]));
  },
  'wrong-range-first': (request, response, file, state) => {
    const asked = range(request, file.length)!;
    if (state.tries !== 2) sendRange(request, response, file);
    else {
      const length = asked[1] - asked[0] + 1;
      response.writeHead(206, { 'Content-Length': length, 'Content-Range': `bytes 0-${length - 1}/${file.length}` });
      response.end(file.subarray(0, length));
    }
  },
  /** Another file from the fourth request on. */
  changing: (request, response, file, state) => sendRange(request, response, file, { ETag: state.tries > 3 ? '"new"' : '"old"' }),
  growing: (request, response, file, state) => sendRange(request, response, state.tries > 3 ? new Uint8Array(file.length + 10) : file),
  /** Does not tell the size in the range's header. */
  'hidden-size': (request, response, file) => {
    const asked = range(request, file.length);
    if (!asked) {
      sendRange(request, response, file);
      return;
    }
    response.writeHead(206, { 'Content-Length': asked[1] - asked[0] + 1 });
    response.end(file.subarray(asked[0], asked[1] + 1));
  },
  /** Good for itself, closed to pages of other origins. */
  'no-cors': (request, response, file) => {
    sendRange(request, response, file, { 'Access-Control-Allow-Origin': 'http://elsewhere.invalid' });
  },
};

/**
 * @param files by name, the last part of the path
 * @param gate awaited before a file is sent
 */
export async function serveFiles(files: ReadonlyMap<string, Uint8Array>, gate: (file: string) => Promise<void> = async () => undefined): Promise<FileServer> {
  const log: ServerLog = { requests: 0, bytesSent: 0 };
  const tries = new Map<string, { tries: number }>();
  let open = 0;
  const server = createServer((request, response) => {
    log.requests++;
    open++;
    response.on('close', () => open--);
    const path = decodeURIComponent(request.url!.split('?')[0]!);
    const [, how = '', ...rest] = path.split('/');
    const behaviour = BEHAVIOURS[how];
    const file = files.get(rest.join('/'));
    if (!behaviour || !file) {
      response.writeHead(404, { 'Access-Control-Allow-Origin': '*' }).end();
      return;
    }
    const state = tries.get(path) ?? { tries: 0 };
    tries.set(path, state);
    // A page's HEAD request only asks whether anyone is there.
    if (request.method === 'GET') state.tries++;
    const { socket } = response;
    const before = socket?.bytesWritten ?? 0;
    response.on('close', () => (log.bytesSent += (socket?.bytesWritten ?? before) - before));
    void gate(rest.join('/')).then(() => behaviour(request, response, file, state));
  });
  const idle = async (): Promise<void> => {
    for (let quiet = 0; quiet < 3; quiet = open === 0 ? quiet + 1 : 0) await setTimeout(10);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log,
    countBytes: async () => {
      await idle();
      const before = log.bytesSent;
      return async () => {
        await idle();
        return log.bytesSent - before;
      };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
