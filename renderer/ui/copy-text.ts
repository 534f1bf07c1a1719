/**
 * Puts `text` on the clipboard; only while a click or a key press is being handled. False when it could not.
 *
 * The asynchronous Clipboard API asks for a permission, and this app grants its page none. The editing command needs none
 * (W3C Clipboard API and events, "copy" event): it is enabled by whoever handles `beforecopy`, and filled in `copy`.
 */
export function copyText(text: string): boolean {
  let isFilled = false;
  const enable = (event: Event): void => event.preventDefault();
  const fill = (event: ClipboardEvent): void => {
    if (event.clipboardData === null) return;
    event.clipboardData.setData('text/plain', text);
    event.preventDefault();
    isFilled = true;
  };
  document.addEventListener('beforecopy', enable);
  document.addEventListener('copy', fill);
  const isCopied = document.execCommand('copy');
  document.removeEventListener('beforecopy', enable);
  document.removeEventListener('copy', fill);
  return isCopied && isFilled;
}
