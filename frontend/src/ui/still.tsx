import { Component, type FunctionComponent, h } from 'preact';
import type { JSX } from 'preact';

/** still makes a component that is drawn anew only when one of its properties is another one. */
export function still<P extends object>(inner: FunctionComponent<P>): new (props: P) => Component<P> {
  return class extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      return !sameProps(this.props, next);
    }

    override render(): JSX.Element {
      return h(inner, this.props);
    }
  };
}

/** sameProps compares properties one by one; lists and objects are the same only when they are one. */
export function sameProps(a: object, b: object): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && Object.is(Reflect.get(a, name), Reflect.get(b, name)));
}
