import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

// The layers of src, lowest first. A file imports its own layer and lower ones only.
// Layers of one line do not import each other.
const layers = [
  ['lib', 'wire'],
  ['data'],
  ['signs'],
  ['state'],
  ['charts'],
  ['ui'],
  ['panels', 'processes', 'palette', 'settings'],
  ['incidents', 'alerts'],
  ['commands'],
];

const above = (level, name) => [
  ...layers.slice(level + 1).flat(),
  ...layers[level].filter((other) => other !== name),
  'page',
  'page-sections',
  'embed',
  'wall',
  'shell',
  'later-parts',
  'main',
];

const forbidden = (names) =>
  names.flatMap((name) => [`**/${name}`, `**/${name}.js`, `**/${name}.tsx`, `**/${name}/**`]);

const arrows = layers.flatMap((names, level) =>
  names.map((name) => ({
    files: [`src/${name}/**/*.{ts,tsx}`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [{ group: forbidden(above(level, name)), message: `${name} is below that layer.` }],
        },
      ],
    },
  })),
);

export default defineConfig(
  { ignores: ['dist', 'node_modules', 'public', 'test-results', 'playwright-report', 'src/wire/*.gen.ts'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.node.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { boolean: true } }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Use a union of literals.' },
        { selector: "JSXAttribute[name.name='style']", message: 'The content policy forbids inline styles.' },
        { selector: "MemberExpression[property.name='innerHTML']", message: 'Trusted Types: build elements instead.' },
      ],
    },
  },
  ...arrows,
  {
    // What arrives from outside is given its type here and nowhere else.
    files: ['src/wire/decode.ts'],
    rules: { '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'as' }] },
  },
  {
    files: ['**/*.test.{ts,tsx}', 'e2e/**/*.ts', 'src/testing/**/*.ts'],
    rules: {
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'as' }],
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
