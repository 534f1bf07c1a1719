import type { ReactNode } from 'react';

interface IconProps {
  readonly children: ReactNode;
  readonly size?: number;
  readonly className?: string;
}

/** A decoration: what an icon means always stands beside it in words. */
function Icon({ children, size = 16, className }: IconProps): ReactNode {
  return (
    <svg
      className={className}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

/** Bulkhead's mark: a hull seen from the front, divided into compartments, one of them flooded and the rest dry. */
export function Mark(): ReactNode {
  return (
    <svg className="mark" width="24" height="24" viewBox="0 0 24 24" fill="none" aria-hidden="true" focusable="false">
      <path className="mark__flooded" d="M12.9 11.9h7.2c-.3 4.5-3 7.9-7.2 9.3z" />
      <path
        d="M3.9 3.6h16.2v7.2c0 5-3.2 9-8.1 10.6-4.9-1.6-8.1-5.6-8.1-10.6zM12 3.6v17.8M3.9 11h16.2"
        stroke="currentColor"
        strokeWidth="1.8"
        strokeLinejoin="round"
      />
    </svg>
  );
}

export function CheckIcon(): ReactNode {
  return (
    <Icon>
      <path d="M3.5 8.4 6.6 11.5 12.5 4.8" />
    </Icon>
  );
}

export function CrossIcon(): ReactNode {
  return (
    <Icon>
      <path d="m4.5 4.5 7 7m0-7-7 7" />
    </Icon>
  );
}

export function DashIcon(): ReactNode {
  return (
    <Icon>
      <path d="M4.5 8h7" />
    </Icon>
  );
}

export function LockIcon(): ReactNode {
  return (
    <Icon size={13}>
      <rect x="3" y="7" width="10" height="7" rx="1.6" />
      <path d="M5.2 7V4.9a2.8 2.8 0 0 1 5.6 0V7" />
    </Icon>
  );
}

export function ShieldIcon(): ReactNode {
  return (
    <Icon size={14}>
      <path d="M8 1.8 13.2 3.6v4.1c0 3-2.1 5.3-5.2 6.5-3.1-1.2-5.2-3.5-5.2-6.5V3.6zM5.7 8l1.7 1.7 3-3.3" />
    </Icon>
  );
}

export function OpenShieldIcon(): ReactNode {
  return (
    <Icon size={14}>
      <path d="M8 1.8 13.2 3.6v4.1c0 3-2.1 5.3-5.2 6.5-3.1-1.2-5.2-3.5-5.2-6.5V3.6z" strokeDasharray="2.4 2.2" />
    </Icon>
  );
}

export function AlertIcon(): ReactNode {
  return (
    <Icon>
      <path d="M8 2 14.6 13.5H1.4zM8 6.5v3.2M8 11.7v.1" />
    </Icon>
  );
}

export function SettingsIcon(): ReactNode {
  return (
    <Icon>
      <path d="M2 4.5h6.5M12.5 4.5H14M2 11.5h1.5M7.5 11.5H14" />
      <circle cx="10.5" cy="4.5" r="1.9" />
      <circle cx="5.5" cy="11.5" r="1.9" />
    </Icon>
  );
}

export function SearchIcon(): ReactNode {
  return (
    <Icon size={14}>
      <circle cx="7" cy="7" r="4.3" />
      <path d="m10.3 10.3 3.2 3.2" />
    </Icon>
  );
}

export function EngineIcon(): ReactNode {
  return (
    <Icon>
      <rect x="2" y="2.5" width="12" height="4.6" rx="1.3" />
      <rect x="2" y="9" width="12" height="4.6" rx="1.3" />
      <path d="M4.7 4.8h.1M4.7 11.3h.1" />
    </Icon>
  );
}

export function Spinner(): ReactNode {
  return (
    <Icon className="spinner">
      <path d="M8 2.2a5.8 5.8 0 1 1-5.4 3.7" />
    </Icon>
  );
}
