#!/usr/bin/env bash
# Builds PSTransfer for Windows (x64) and runs it under Debian's Wine: Get-ComputeDevice, examples/frozen-batchnorm.ps1, whose figures must be
# README's, and then the Pester files, each in a process of its own.
#
#   bash tests/Windows/run.sh                        all of it; of Pester's files Scenarios is left out, which runs the examples
#   bash tests/Windows/run.sh smoke                  the first two
#   bash tests/Windows/run.sh Module New-Backbone    the first two, and these files
#
# Wine isn't Windows: it shows that the build is whole and that no path of Linux is in the way. What Wine itself lacks stands in gaps.txt, and is
# told as skipped. All that is made lies in out/wine: a copy of the working tree, which is built there so that the Linux build stays as it is,
# and Wine's disk C:. Wine is Debian's package, which this installs where it runs as root; unpacked without that it doesn't
# run. 2 GB of disk.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
work=$root/out/wine
copy=$work/source
limit=${PSTRANSFER_WINE_LIMIT:-600} # seconds for one process
mkdir -p "$work"

step() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
windows() { printf 'Z:%s' "$(printf '%s' "$1" | tr '/' '\\')"; }

find_wine() {
    wine=/usr/lib/wine/wine64
    if [ ! -x $wine ] && [ "$(id -u)" = 0 ]; then
        step 'Wine, from Debian'
        apt-get install -y --no-install-recommends wine64 wine
    fi
    [ -x $wine ] || fail 'there is no Wine here: sudo apt-get install --no-install-recommends wine64 wine'
    export WINEPREFIX=$work/prefix WINEARCH=win64 WINEDEBUG=-all
    # Wine has no GetNumaNodeProcessorMaskEx, at which Intel's OpenMP gives up unless it reads the processor itself.
    export KMP_TOPOLOGY_METHOD=cpuid_leaf4 OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} DOTNET_EnableWriteXorExecute=0
    if [ ! -d "$WINEPREFIX" ]; then
        step "Wine's disk"
        $wine wineboot -i
        $wine reg add 'HKCU\Software\Wine' /v Version /d win10 /f # it calls itself Windows 7 otherwise, and .NET refuses that
    fi
    $wine --version
}

build() {
    step 'Build for win-x64'
    mkdir -p "$copy"
    # Files that have gone since the last time go here too; what was built stays.
    (cd "$copy" && find . -type f -not -path '*/bin/*' -not -path '*/obj/*' -not -path './out/*' -delete)
    (cd "$root" && git ls-files -z --cached --others --exclude-standard | tar c --null --ignore-failed-read -T - | tar x -C "$copy")
    (cd "$copy" && dotnet build src/PSTransfer.Host -r win-x64 -c Release -v q -p:RunAnalyzers=false && dotnet restore tests/Windows -v q)
    host=$copy/src/PSTransfer.Host/bin/Release/net10.0
    local packages version pack
    packages=$(cd "$copy/tests/Windows" && dotnet msbuild Packages.csproj -getProperty:NuGetPackageRoot)
    version=$(cd "$copy/tests/Windows" && dotnet msbuild Packages.csproj -getProperty:BundledNETCoreAppPackageVersion)
    pester=${packages}pester/6.2.0/tools/Pester.psd1
    # A .NET for Windows, laid out from its package as an installer would.
    pack=${packages}microsoft.netcore.app.runtime.win-x64/$version/runtimes/win-x64
    local dotnet=$work/dotnet
    mkdir -p "$dotnet/host/fxr/$version" "$dotnet/shared/Microsoft.NETCore.App/$version"
    cp -u "$pack/native/hostfxr.dll" "$dotnet/host/fxr/$version/"
    cp -u "$pack"/native/* "$pack"/lib/net10.0/* "$dotnet/shared/Microsoft.NETCore.App/$version/"
    DOTNET_ROOT=$(windows "$dotnet")
    export DOTNET_ROOT
}

# PowerShell in Wine: a program that ends with what it printed in $output and its exit code in $code. PowerShell's console host needs a console, which
# Wine makes of a terminal only.
run_host() {
    local line
    printf -v line '%q ' timeout --kill-after=10 "$limit" "$wine" "$host/PSTransfer.Host.exe" -NoProfile -NoLogo "$@"
    code=0
    output=$(NO_COLOR=1 TERM=xterm COLUMNS=120 script -qfec "stty cols 120 rows 50; $line" /dev/null < /dev/null | sed -E 's/\x1b\[[0-9;?]*[a-zA-Z]//g; s/\x1b\][^\x07]*\x07//g; s/\r//g') || code=$?
}

smoke() {
    step 'Get-ComputeDevice'
    run_host -Command 'Get-ComputeDevice | Format-Table Name, Type, Available; $PSVersionTable.PSVersion.ToString(), $PSVersionTable.OS'
    printf '%s\n' "$output"
    [ $code = 0 ] && grep -qE '^cpu +CPU +True' <<< "$output" || fail "Get-ComputeDevice ended with $code"

    step 'examples/frozen-batchnorm.ps1'
    run_host -File "$(windows "$copy/examples/frozen-batchnorm.ps1")"
    printf '%s\n' "$output"
    [ $code = 0 ] || fail "the example ended with $code"
    local mode expected found
    for mode in Legacy Inference; do
        expected=$(sed -nE "s/^\| \`$mode\` [^|]*\| ([0-9.]+) \| ([0-9.]+) \| ([0-9.]+) \|\$/\1 \2 \3/p" "$root/README.md")
        found=$(sed -nE "s/^ *$mode +([01]\.[0-9]+) +([01]\.[0-9]+) +([01]\.[0-9]+) .*/\1 \2 \3/p" <<< "$output" | head -n 1)
        [ -n "$expected" ] || fail "README has no figures for $mode"
        [ "$expected" = "$found" ] || fail "$mode: README has $expected, found '$found'"
        printf '%s: %s, as README has it\n' "$mode" "$found"
    done
}

pester() {
    local file failed=0 passed=0 skipped=0 name result
    step "Pester, ${#files[@]} files"
    for name in "${files[@]}"; do
        file=$copy/tests/Pester/$name.Tests.ps1
        [ -f "$file" ] || fail "there is no tests/Pester/$name.Tests.ps1"
        result=$work/$name.result
        rm -f "$result"
        run_host -File "$(windows "$copy/tests/Windows/Invoke-OneFile.ps1")" "$(windows "$pester")" "$(windows "$file")" "$(windows "$copy/tests/Windows/gaps.txt")" "$(windows "$result")"
        printf '%s\n' "$output" > "$work/$name.log"
        if [ -f "$result" ] && [[ $(tr -d '\r' < "$result" | tail -n 1) =~ ^RESULT\ ([0-9]+)\ ([0-9]+)\ ([0-9]+)$ ]]; then
            tr -d '\r' < "$result" | grep -v '^RESULT' || true
            printf '%-28s %4d passed %4d failed %4d skipped\n' "$name" "${BASH_REMATCH[@]:1}"
            passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2])) skipped=$((skipped + BASH_REMATCH[3]))
        else
            printf '%-28s no result: ended with %d (124 is its time limit of %d s); %s\n' "$name" $code "$limit" "$work/$name.log"
            failed=$((failed + 1))
        fi
    done
    printf '%-28s %4d passed %4d failed %4d skipped\n' all $passed $failed $skipped
    [ $failed = 0 ]
}

find_wine
build
smoke
[ "${1:-}" != smoke ] || exit 0
files=("$@")
if [ ${#files[@]} = 0 ]; then
    mapfile -t files < <(cd "$copy/tests/Pester" && ls -- *.Tests.ps1 | sed 's/\.Tests\.ps1$//' | grep -v '^Scenarios$')
fi
pester
