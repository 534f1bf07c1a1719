import { useId, useLayoutEffect, useRef, type ReactNode } from 'react';
import './dialog.css';

interface DialogProps {
  readonly title: string;
  readonly children: ReactNode;
  /** The buttons. */
  readonly footer: ReactNode;
  /** Escape was pressed. */
  readonly onEscape: () => void;
}

/**
 * A modal dialog: the platform's own, which keeps the focus inside and gives it back when it closes. The focus goes to the
 * title, so that a screen reader begins there, and not to a button that a hasty Enter would press.
 */
export function Dialog({ title, children, footer, onEscape }: DialogProps): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const titleId = useId();

  // A layout effect, because its cleanup runs while the dialog is still in the document: only then does closing it give
  // the focus back.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    heading.current?.focus();
    return () => element?.close();
  }, []);

  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onEscape();
      }}
    >
      <h2 id={titleId} ref={heading} className="dialog__title" tabIndex={-1}>
        {title}
      </h2>
      <div className="dialog__body">{children}</div>
      <div className="dialog__footer">{footer}</div>
    </dialog>
  );
}
