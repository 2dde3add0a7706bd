// A link between page and server that can be cut, stand still, and count.

import { connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import type { Dashcam } from './server';

export interface Link {
  readonly url: string;
  /** Bytes that came through from the server, until a moment in Unix milliseconds or until now. */
  bytes(until?: number): number;
  /** Cuts every connection and refuses new ones, as a network that is gone. */
  cut(): void;
  /** Lets nothing through in either direction and says nothing, as a cable that was pulled behind a switch. */
  stall(): void;
  restore(): void;
  end(): void;
}

/** What goes through a slow line at once. */
const SIP = 4096;

/** linkTo opens a link to a running dashcam, a slow one where a rate is given. */
export async function linkTo(dashcam: Dashcam, bytesPerSecond = Infinity): Promise<Link> {
  const came: { readonly at: number; readonly bytes: number }[] = [];
  const line = (): Transform =>
    new Transform({
      transform(chunk: Buffer, _, done) {
        const next = (from: number): void => {
          const sip = chunk.subarray(from, from + SIP);
          if (sip.length === 0) {
            done();
            return;
          }
          const pass = (): void => {
            came.push({ at: Date.now(), bytes: sip.length });
            this.push(sip);
            next(from + sip.length);
          };
          if (bytesPerSecond === Infinity) pass();
          else setTimeout(pass, (1000 * sip.length) / bytesPerSecond);
        };
        next(0);
      },
    });
  let state: 'open' | 'cut' | 'stalled' = 'open';
  const open = new Set<Socket>();
  const server = createServer((client) => {
    if (state === 'cut') {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(dashcam.port, '127.0.0.1');
    const pair = [client, upstream];
    client.pipe(upstream).pipe(line()).pipe(client);
    for (const socket of pair) {
      open.add(socket);
      socket.on('error', () => pair.forEach((each) => each.destroy()));
      socket.on('close', () => {
        open.delete(socket);
        // What ends behind a link that stands still is not seen on the other side.
        if (state !== 'stalled') pair.forEach((each) => each.destroy());
      });
      if (state === 'stalled') hold(socket);
    }
  });
  const hold = (socket: Socket): void => {
    socket.unpipe();
    socket.pause();
  };
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    bytes: (until = Infinity) => came.reduce((sum, { at, bytes }) => (at <= until ? sum + bytes : sum), 0),
    cut() {
      state = 'cut';
      for (const socket of open) socket.resetAndDestroy();
    },
    stall() {
      state = 'stalled';
      for (const socket of open) hold(socket);
    },
    restore() {
      // What stood still is dead by now: whoever comes anew gets through.
      if (state === 'stalled') for (const socket of open) socket.destroy();
      state = 'open';
    },
    end() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}
