#!/bin/sh
# Kills a fine-tuning run with SIGKILL at random moments and resumes it each time; all must end as a run that was never killed.
#   tests/KillAndResume/run.sh [KILLS] [SEED]     50 and 1 by default; exit code 1 when one doesn't
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dotnet build "$here" -c Release -clp:"ErrorsOnly;NoSummary" -nologo >&2
exec "$here/bin/Release/net10.0/PSTransfer.KillAndResume" "$@"
