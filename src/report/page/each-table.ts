import { describeSettings } from '../comparison-tables.ts';
import type { DrawnComparison } from './content.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';

/**
 * Something of each table, under a heading that says what its models share; the main one needs none.
 * @param name of the section @param render gets a name for the table's own part, no two the same
 */
export function renderEach(name: string, tables: readonly DrawnComparison[], render: (table: DrawnComparison, id: string) => Html): Html {
  return html`${tables.map((table, k) => {
    const heading = describeSettings(table.comparison);
    return html`${heading === null ? null : html`<h3>${heading}</h3>
`}${render(table, k === 0 ? name : `${name}-${k + 1}`)}
`;
  })}`;
}
