import { writeFileSync } from 'node:fs';
import { policySchema } from '../shared/settings/policy/schema.ts';

/** `npm run schema`: writes the published JSON Schema anew, after the catalog or the shapes of the policy have changed. */
const target = new URL('../docs/admin-settings.schema.json', import.meta.url);
writeFileSync(target, `${JSON.stringify(policySchema(), null, 2)}\n`);
