// A link between page and server that can be cut, stand still, and count.

import { connect, createServer, type Socket } from 'node:net';
import type { Dashcam } from './server';

export interface Link {
  readonly url: string;
  /** Bytes that came through from the server. */
  bytes(): number;
  /** Cuts every connection and refuses new ones, as a network that is gone. */
  cut(): void;
  /** Lets nothing through in either direction and says nothing, as a cable that was pulled behind a switch. */
  stall(): void;
  restore(): void;
  end(): void;
}

/** linkTo opens a link to a running dashcam. */
export async function linkTo(dashcam: Dashcam): Promise<Link> {
  let bytes = 0;
  let state: 'open' | 'cut' | 'stalled' = 'open';
  const open = new Set<Socket>();
  const server = createServer((client) => {
    if (state === 'cut') {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(dashcam.port, '127.0.0.1');
    const pair = [client, upstream];
    upstream.on('data', (data) => (bytes += data.length));
    client.pipe(upstream).pipe(client);
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
    bytes: () => bytes,
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
