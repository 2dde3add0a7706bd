// Checks what arrives against a table of shapes (shapes.gen.ts says how one is written).
// A shape is read when the first value of it comes.

export type Fields = Record<string, unknown>;
export type Check = (value: unknown) => boolean;

export const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
export const isText: Check = (value) => typeof value === 'string';
export const isNatural: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;

const basics: Readonly<Record<string, Check>> = {
  s: isText,
  b: (value) => typeof value === 'boolean',
  n: Number.isFinite,
  i: Number.isSafeInteger,
  u: isNatural,
  p: (value) => Number.isFinite(value) && Number(value) > 0,
};

/** createChecks returns what finds the check of a type; byHand are checks of types that are no shapes. */
export function createChecks(shapes: Readonly<Record<string, string>>, byHand: Readonly<Record<string, Check>>): (type: string) => Check {
  const known = new Map(Object.entries({ ...basics, ...byHand }));

  const checkOf = (type: string): Check => {
    let check = known.get(type);
    if (!check) known.set(type, (check = read(type)));
    return check;
  };

  const read = (type: string): Check => {
    const rest = type.slice(1);
    switch (type.charAt(0)) {
      case '[': {
        const each = checkOf(rest);
        return (value) => Array.isArray(value) && value.every(each);
      }
      case '{': {
        const each = checkOf(rest);
        return (value) => isObject(value) && Object.values(value).every(each);
      }
      case '=': {
        const words = new Set<unknown>(rest.split('|'));
        return (value) => words.has(value);
      }
      default:
        return shapeOf(shapes[type] ?? '');
    }
  };

  const shapeOf = (shape: string): Check => {
    const fields = shape.split(' ').map((field) => {
      const at = field.indexOf(':');
      const [name, type] = [field.slice(0, at), field.slice(at + 1)];
      const optional = name.endsWith('?');
      return { name: optional ? name.slice(0, -1) : name, optional, list: type.startsWith('['), check: checkOf(type) };
    });
    return (value) =>
      isObject(value) &&
      fields.every(({ name, optional, list, check }) => {
        // A list that Go leaves nil arrives as null; it is an empty one.
        if (list && value[name] === null) value[name] = [];
        const field = value[name];
        return field === undefined ? optional : check(field);
      });
  };

  return checkOf;
}
