import { useState, type ReactNode } from 'react';
import { Button } from './Button.tsx';
import { copyText } from './copy-text.ts';

type Outcome = 'idle' | 'copied' | 'failed';

const WORDS: Readonly<Record<Outcome, string>> = {
  idle: '',
  copied: 'Copied',
  failed: 'Not copied: select the text and copy it with the keyboard',
};

/** Puts `text` on the clipboard and says whether it got there. `what` names it for a screen reader. */
export function CopyButton({ text, what }: { readonly text: string; readonly what: string }): ReactNode {
  const [outcome, setOutcome] = useState<Outcome>('idle');
  return (
    <>
      <Button look="quiet" label={`Copy ${what}`} onPress={() => setOutcome(copyText(text) ? 'copied' : 'failed')}>
        Copy
      </Button>
      <output className="dim">{WORDS[outcome]}</output>
    </>
  );
}
