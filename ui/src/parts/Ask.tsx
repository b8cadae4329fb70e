// Asks before something is done that cannot be undone. Escape, and a click beside it, say no.
import { type ReactNode, useEffect, useRef } from "react";

export function Ask({
  title,
  children,
  yes,
  busy,
  onYes,
  onNo,
}: {
  title: string;
  children: ReactNode;
  /** What the button says that does it. */
  yes: string;
  busy?: boolean;
  onYes: () => void;
  onNo: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    // The browser keeps the focus in it, and hides what is behind it from readers of the screen.
    dialog.current?.showModal();
    return () => (before instanceof HTMLElement ? before.focus() : undefined);
  }, []);
  return (
    <dialog
      ref={dialog}
      className="ask"
      aria-labelledby="ask-title"
      onCancel={(event) => {
        event.preventDefault();
        if (!busy) onNo();
      }}
      onPointerDown={(event) => event.target === event.currentTarget && !busy && onNo()}
    >
      <div className="stack">
        <h2 id="ask-title">{title}</h2>
        {children}
        <div className="row ask-end">
          <button type="button" className="btn" onClick={onNo} disabled={busy}>
            Cancel
          </button>
          <button type="button" className="btn primary" onClick={onYes} disabled={busy}>
            {busy ? "Working …" : yes}
          </button>
        </div>
      </div>
    </dialog>
  );
}
