// A socket whose other end is a file: it says what a host would say on connecting, and then
// nothing more.

import { KEPT_ROWS } from '../data/rows';
import type { Socket, SocketEvents } from '../state/connection';
import { TOPIC_METRICS, TOPIC_VERDICT } from '../wire/messages.gen';
import { isObject } from '../wire/check';
import { parse } from '../wire/decode';
import type { Recording, Rest } from './recording';
import { observe } from './tables';

/** openReplay returns what opens a recording in place of a socket. */
export function openReplay(recording: Recording): (subprotocol: string, events: SocketEvents) => Socket {
  const { schema, rows } = recording;
  return (_, events) => {
    let closed = false;
    let greeted = false;
    const say = (text: string): void => {
      if (!closed) events.message(text);
    };
    const table = (name: string, { tables }: Rest): void => {
      const info = schema.message.tables?.find((each) => each.name === name);
      const all = tables.get(name);
      const newest = info && all?.at(-1) && observe(info, all, all.length - 1);
      if (newest) say(JSON.stringify({ ...newest, cols: info.columns.map((column) => column.name), others: undefined }));
    };
    const subscribe = (topic: string): void => {
      if (topic === TOPIC_METRICS) {
        if (greeted) return;
        greeted = true;
        const newest = rows.at(-1)?.message.seq.at(-1) ?? 0;
        // Older ones than the page holds are asked of the archive.
        const held = rows.filter(({ message }) => (message.seq.at(-1) ?? 0) > newest - KEPT_ROWS);
        for (const { text } of held) say(text);
        void recording.rest.then((rest) => {
          for (const { text } of [...rest.health, ...rest.events]) say(text);
        });
        return;
      }
      void recording.rest.then((rest) => {
        if (topic !== TOPIC_VERDICT) table(topic, rest);
        else say(rest.verdicts.at(-1)?.text ?? '');
      });
    };
    return {
      tellPast() {
        events.open();
        say(recording.hello.text);
        say(schema.text);
      },
      send(text) {
        const message = parse(text);
        if (!isObject(message) || message.type !== 'subscribe' || !Array.isArray(message.topics)) return;
        const topics = message.topics.map(String);
        // An answer never comes while one is still asking.
        queueMicrotask(() => topics.forEach(subscribe));
      },
      abandon() {
        closed = true;
      },
    };
  };
}
