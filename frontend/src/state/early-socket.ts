// The socket that public/assets/head.js opened while the page was still being loaded. It
// has asked for the window already, and kept what came.

import type { SubscribeMessage } from '../wire/types';
import type { Socket, SocketEvents } from './connection';

/** What head.js leaves behind. */
export interface EarlySocket {
  readonly socket: WebSocket;
  /** What was asked for on opening. */
  readonly subscribe: SubscribeMessage;
  /** What came since, in order. */
  readonly events: ({ readonly type: 'message'; readonly data: unknown } | { readonly type: 'close'; readonly code: number; readonly reason: string })[];
  /** When it opened, by the clock of the page. */
  readonly openedAt: number | undefined;
}

declare global {
  var dashcamEarly: EarlySocket | undefined;
}

/** adopt gives an early socket to whoever listens now; what came before is told by tellPast. */
export function adopt(early: EarlySocket, events: SocketEvents): Socket {
  const { socket, subscribe } = early;
  const listen = (): void => {
    socket.onopen = () => events.open();
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (typeof data === 'string') events.message(data);
    };
    socket.onclose = ({ code, reason }) => events.close(code, reason);
  };
  return {
    subscribed: subscribe,
    tellPast() {
      listen();
      // One that opens from now on has not asked yet.
      if (early.openedAt !== undefined) events.open();
      else {
        socket.onopen = () => {
          socket.send(JSON.stringify(subscribe));
          events.open();
        };
      }
      for (const event of early.events.splice(0)) {
        if (event.type === 'close') events.close(event.code, event.reason);
        else if (typeof event.data === 'string') events.message(event.data);
      }
    },
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    abandon() {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(1000);
    },
  };
}
