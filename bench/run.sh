#!/usr/bin/env bash
# Prints all lines of docs/performance.md as one table. "bash bench/run.sh" takes most of an hour; "--quick" takes less, with fewer images
# and rounds. The exit code is 1 if a line isn't met or its command failed. A line whose peer can't be installed is shown as not compared.
set -u
cd "$(dirname "$0")/.."
quick=
case "$*" in
  '') ;;
  --quick) quick=1 ;;
  *) echo 'usage: bash bench/run.sh [--quick]' >&2; exit 2 ;;
esac

python=${PSTRANSFER_BENCH_PYTHON:-/usr/bin/python3}
bench() { dotnet run --no-build --project bench/PSTransfer.Bench -c Release -- "$@"; }
has_pytorch() { "$python" -c 'import torch, torchvision' 2>/dev/null; }
if ! has_pytorch && command -v apt-get >/dev/null; then
  root=
  [ "$(id -u)" -eq 0 ] || root='sudo -n'
  { $root apt-get update && $root apt-get install -y --no-install-recommends python3-torch python3-torchvision; } >&2
fi
pytorch='PyTorch is missing: install python3-torch and python3-torchvision'
has_pytorch && pytorch=$("$python" -c \
  'import torch, torchvision; print("PyTorch", torch.__version__ + ", torchvision", torchvision.__version__)')

dotnet build PSTransfer.sln -c Release -v quiet -nologo >&2 || exit 2
onnx_peer=bench/OnnxPeer/bin/Release/net10.0/OnnxPeer.dll
if dotnet build bench/OnnxPeer -c Release -v quiet -nologo >&2 && version=$(dotnet "$onnx_peer" version); then
  onnx="ONNX Runtime $version"
else
  onnx='ONNX Runtime is missing: bench/OnnxPeer could not be built'
  rm -f "$onnx_peer" # one of an earlier build must not stand for it
fi

rows=$(mktemp)
output=$(mktemp)
trap 'rm -f "$rows" "$output"' EXIT
fewer=

# Runs the command of one line of the table. If it crashes or prints no row, a row says so.
line() {
  local name=$1 code found
  shift
  echo "== $name: $*" >&2
  bench "$@" | tee "$output" >&2
  code=${PIPESTATUS[0]}
  found=$(grep "^| $name |" "$output")
  [ -z "$found" ] || sed "s/^| $name |/| $name$fewer |/" <<<"$found" >>"$rows"
  if [ "$code" -gt 1 ] || [ -z "$found" ]; then
    echo "| $name$fewer | \`$*\` ended with $code | | | | | | **failed** |" >>"$rows"
  fi
}

for name in P1 P2 P3; do line $name loop $name; done
if [ -n "$quick" ]; then
  fewer=' quick'
  line P4 folder 100 3
  line P5 predict 200 3
  fewer=
else
  line P4 folder 1000 5
  line P5 predict 1000 5
fi
line P6 module
line P7 memory
if [ -n "$quick" ]; then
  fewer=' quick'
  line P8 scale 1000 3
  fewer=
else
  line P8 scale 10000 5
fi
line P9 import

echo
echo "$(lscpu | sed -n 's/^Model name: *//p' | head -n 1), $(nproc) cores, $(nproc) threads; $(. /etc/os-release; echo "$PRETTY_NAME")"
echo "$(bench versions); $pytorch; $onnx"
echo 'Seconds, milliseconds and MiB are minima and medians.'
[ -z "$quick" ] || echo 'Lines marked quick ran with --quick: fewer images, or fewer rounds, than the line asks for.'
echo
echo '| line | what | ours | peer | ratio of minima | ratio of medians | aim | |'
echo '|---|---|---|---|---|---|---|---|'
cat "$rows"
! grep -qE '\*\*(NOT MET|failed)\*\* \|$' "$rows"
