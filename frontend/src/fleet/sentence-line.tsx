import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useApp } from '../ui/context';
import { setClass, setText, useDraw } from '../ui/live';
import { onNews } from '../ui/news';
import { type Sentence, sentenceOf, sentenceText } from './sentence';
import { addressOf, setStanding, stateIcon } from './wall-columns';
import type { WallState } from './wall-state';

const levels = ['ok', 'warn', 'critical', 'silent'] as const;
const speakMs = 5000;

/** WallSentence says over all hosts what needs somebody; each that is named leads to its page. Its place is kept. */
export function WallSentence({ wall }: { wall: WallState }): JSX.Element {
  const app = useApp();
  const root = useRef<HTMLElement>(null);
  const line = useRef<HTMLParagraphElement>(null);
  const spoken = useRef<HTMLDivElement>(null);
  const [drawn] = useState(() => ({ text: '', icon: stateIcon() }));
  useDraw(root, () => {
    const stale = app.feed.store.length > 0 && app.feed.stale();
    setClass(root.current, 'is-stale', stale);
    if (wall.seq() === 0) return;
    const sentence = sentenceOf(wall.hosts(), wall.now());
    const text = sentenceText(sentence);
    for (const level of levels) setClass(root.current, `is-${level}`, sentence.level === level);
    if (text === drawn.text) return;
    drawn.text = text;
    setStanding(drawn.icon, sentence.level);
    line.current?.replaceChildren(drawn.icon, ...nodesOf(sentence));
  }, 'tables', 'once');
  // What merely goes on is not told; that other hosts need somebody is.
  useEffect(() => {
    let said = '';
    return onNews(app, speakMs, () => {
      if (wall.seq() === 0) return;
      const now = sentenceText(sentenceOf(wall.hosts(), wall.now()));
      if (said !== '' && now !== said) setText(spoken.current, now);
      said = now;
    });
  }, [app, wall]);
  return (
    <>
      <section class="wall-sentence" aria-label="all hosts" ref={root}>
        <p ref={line}>…</p>
      </section>
      <div class="visually-hidden" role="status" ref={spoken} />
    </>
  );
}

function nodesOf({ lead, clauses, more }: Sentence): (Node | string)[] {
  const strong = document.createElement('strong');
  strong.textContent = lead;
  const named = clauses.flatMap(({ id, text }, i) => {
    const link = document.createElement('a');
    link.href = addressOf(id);
    link.textContent = text;
    return [i === 0 ? ': ' : ', ', link];
  });
  return [strong, ...named, more > 0 ? `, and ${more} more` : ''];
}
