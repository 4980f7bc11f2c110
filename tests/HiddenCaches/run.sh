#!/bin/sh
# Trains every backbone with a libtorch to which the processor hides its cache sizes, as some virtual machines on AMD do.
#   tests/HiddenCaches/run.sh               the whole suite; exit code 1 when a backbone kills the process
#   tests/HiddenCaches/run.sh command ...   any command under that libtorch
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dotnet build "$here" -c Release -clp:"ErrorsOnly;NoSummary" -nologo >&2
tool="$here/bin/Release/net10.0/PSTransfer.HiddenCaches"

mkdir -p "$here/obj"
folder=$(mktemp -d "$here/obj/libtorch.XXXXXX")
trap 'rm -rf "$folder"' EXIT INT TERM

"$tool" prepare "$here/../../bin/Dependencies" "$folder"
if [ ! -e "$folder/libtorch_cpu.so" ]; then exit 0; fi # skipped, and it said why
export PSTRANSFER_LIBTORCH="$folder"
if [ $# -gt 0 ]; then "$@"; else "$tool" suite; fi
