# Shared by the scripts beside it; sourced, not run.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

say() { printf '%s\n' "$*"; }
complain() { printf '%s\n' "$*" >&2; }
die() { complain "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# at_least 1.95 1.96.1: whether the second version is the first or newer. A missing version is not.
at_least() {
  [ -n "${2:-}" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}
