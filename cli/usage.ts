/** The exit codes of every command. */
export const EXIT = { ok: 0, failed: 1, usage: 2, notRunning: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const HELP = `bulkhead: Docker Engine in a Linux VM, with every container in its own user namespace

Usage: bulkhead COMMAND [OPTIONS]

Commands:
  start [--headless] [--no-wait]   Open Bulkhead and start the engine
                                   --headless: without a window
  stop [--no-wait]                 Stop the engine; Bulkhead stays open
  restart [--no-wait]              Restart the engine with the saved settings
                                   (the policy is read only when Bulkhead starts)
  status                           Show the engine's state and what is enforced
  verify                           Run a container now and report the isolation it has
  verify --deep [--json [FILE]]    Try what containers must not be able to do, on this engine, and report each attempt;
                                   minutes without hardware virtualisation. FILE gets the report for an auditor
  apply [--wait] [--remove-containers]
                                   Restart the engine if it runs with other settings than those saved
                                   --wait: until the new VM has been measured
                                   --remove-containers: the existing ones, before restarting
  settings list                    List every setting by tab: its value, where it comes from, whether it is locked
  settings get KEY                 Show one setting
  settings set KEY VALUE           Save a setting; says whether a restart is pending
                                   A list is written with commas or as JSON
  settings reset KEY...            Go back to the administrator's default, or the built-in one
  settings import --from docker-desktop [--file PATH] [--dry-run]
                                   Take over what you have set in Docker Desktop, and say what became of each key
                                   --file: its settings-store.json   --dry-run: change nothing
  policy status                    Show the administrator's file, what became of it, and each of its keys
  policy explain KEY               Show what each layer says about a setting, which one counts and why
  policy validate FILE             Check a file before it is rolled out; Bulkhead need not run
                                   0: valid   1: not valid   2: cannot be read
  policy create --from-current     Print a policy that gives everyone the settings of this Bulkhead, locked
                                   but for the window's looks
  update                           Ask now whether there is a newer version; nothing is installed
  quit [--force | --relaunch]      Stop the engine and quit Bulkhead
                                   --force: do not wait for the engine
                                   --relaunch: and start again, which reads the policy anew

Options:
  --json       Print one JSON object, also on failure: {"ok":false,"error":{"code","message","remedy"}}
  --help, -h   Show this text
  --version    Show the version of this command

Exit codes:
  0  done        1  refused or failed        2  wrong usage        3  Bulkhead is not running
`;
