import { writeFileSync } from 'node:fs';
import { policySchema } from '../shared/settings/policy/schema.ts';
import { settingsReference } from '../shared/settings/reference.ts';

/** `npm run schema`: writes the JSON Schema and the reference anew, after the catalog or the policy's shapes have changed. */
const docs = new URL('../docs/', import.meta.url);
writeFileSync(new URL('admin-settings.schema.json', docs), `${JSON.stringify(policySchema(), null, 2)}\n`);
writeFileSync(new URL('settings-reference.md', docs), settingsReference());
