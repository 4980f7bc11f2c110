# Small data and models for the specifications; dot-source it in BeforeAll. All of it is the same at every run.
# Classes can be learnt: an image's upper half (CIFAR: its red plane) has the brightness 25 × label, the rest is noise.

# CIFAR's binary version: one record per label. -Format 100 puts a coarse label (0) before each.
function New-CifarFile([string] $Path, [int[]] $Label, [ValidateSet(10, 100)] [int] $Format = 10, [int] $Seed = 1) {
    $random = [Random]::new($Seed)
    $bytes = [System.IO.MemoryStream]::new()
    $pixels = [byte[]]::new(3072)
    foreach ($one in $Label) {
        $random.NextBytes($pixels)
        [Array]::Fill($pixels, [byte] (25 * $one % 256), 0, 1024)
        if ($Format -eq 100) { $bytes.WriteByte(0) }
        $bytes.WriteByte($one)
        $bytes.Write($pixels, 0, $pixels.Length)
    }
    [System.IO.File]::WriteAllBytes($Path, $bytes.ToArray())
}

# A folder with IDX images and labels, named as published: train-images-idx3-ubyte and train-labels-idx1-ubyte, or their .gz.
function New-IdxFolder([string] $Path, [int[]] $Label, [int] $Side = 28, [switch] $Gzip, [int] $Seed = 1) {
    $null = [System.IO.Directory]::CreateDirectory($Path)
    $random = [Random]::new($Seed)
    $images = [System.IO.MemoryStream]::new()
    $labels = [System.IO.MemoryStream]::new()
    foreach ($number in 0x803, $Label.Count, $Side, $Side) { $images.Write([byte[]] (0, 0, ($number -shr 8), ($number -band 255)), 0, 4) }
    foreach ($number in 0x801, $Label.Count) { $labels.Write([byte[]] (0, 0, ($number -shr 8), ($number -band 255)), 0, 4) }
    $pixels = [byte[]]::new($Side * $Side)
    foreach ($one in $Label) {
        $random.NextBytes($pixels)
        [Array]::Fill($pixels, [byte] (25 * $one % 256), 0, $pixels.Length / 2)
        $images.Write($pixels, 0, $pixels.Length)
        $labels.WriteByte($one)
    }
    foreach ($file in @{ Name = 'train-images-idx3-ubyte'; Content = $images }, @{ Name = 'train-labels-idx1-ubyte'; Content = $labels }) {
        $stream = [System.IO.File]::Create([System.IO.Path]::Combine($Path, $file.Name + ($Gzip ? '.gz' : '')))
        if ($Gzip) { $stream = [System.IO.Compression.GZipStream]::new($stream, [System.IO.Compression.CompressionMode]::Compress) }
        $file.Content.WriteTo($stream)
        $stream.Dispose()
    }
}

# A BMP of 24 bits: 54 bytes of header, then rows of blue, green, red, each row padded to four bytes.
function New-ImageFile([string] $Path, [int] $Label = 0, [int] $Height = 16, [int] $Width = 16, [int] $Seed = 1) {
    $row = [int] [Math]::Ceiling($Width * 3 / 4) * 4
    $pixels = [byte[]]::new($row * $Height)
    [Random]::new($Seed).NextBytes($pixels)
    # BMP stores the lowest row first.
    [Array]::Fill($pixels, [byte] (25 * $Label % 256), $row * [int] [Math]::Floor($Height / 2), $row * [int] [Math]::Ceiling($Height / 2))
    $header = [byte[]]::new(54)
    $header[0] = [byte] [char] 'B'
    $header[1] = [byte] [char] 'M'
    $fields = @{ 2 = 54 + $pixels.Length; 10 = 54; 14 = 40; 18 = $Width; 22 = $Height; 26 = 1 + (24 -shl 16); 34 = $pixels.Length }
    foreach ($offset in $fields.Keys) { [BitConverter]::GetBytes([int] $fields[$offset]).CopyTo($header, $offset) }
    [System.IO.File]::WriteAllBytes($Path, [byte[]] ($header + $pixels))
}

# A folder with one subfolder per class and images 0.bmp, 1.bmp... in each.
function New-ImageFolder([string] $Path, [string[]] $Class = @('cat', 'dog'), [int] $Count = 4, [int] $Height = 16, [int] $Width = 16) {
    for ($label = 0; $label -lt $Class.Count; $label++) {
        $folder = [System.IO.Path]::Combine($Path, $Class[$label])
        $null = [System.IO.Directory]::CreateDirectory($folder)
        for ($i = 0; $i -lt $Count; $i++) {
            New-ImageFile ([System.IO.Path]::Combine($folder, "$i.bmp")) -Label (5 * $label) -Height $Height -Width $Width -Seed (100 * $label + $i)
        }
    }
}

# resnet20 with random weights, without the warning that says so; with a head where -ClassCount is given.
function New-SmallModel([int] $ClassCount = 0, [int[]] $InputShape = 16, [int] $Seed = 42) {
    $model = New-Backbone resnet20 -InputShape $InputShape -Seed $Seed -WarningAction SilentlyContinue
    if ($ClassCount) { $null = $model | Add-ClassifierHead -ClassCount $ClassCount }
    $model
}

# The one error that a script block ends with, or writes; $null where there is none.
function Get-Fault([scriptblock] $Action) {
    $ErrorActionPreference = 'Stop'
    try { $null = & $Action } catch { $_ }
}

# What a script prints in a process of its own, and its exit code: in the same PowerShell as this one.
function Invoke-NewProcess([string] $Script) {
    # It would write in its console's code page, which on Windows has no ×.
    $Script = "[Console]::OutputEncoding = [System.Text.UTF8Encoding]::new(`$false)`n$Script"
    $file = [System.IO.Path]::ChangeExtension([System.IO.Path]::GetTempFileName(), '.ps1')
    [System.IO.File]::WriteAllText($file, $Script)
    $start = [System.Diagnostics.ProcessStartInfo]::new([Environment]::ProcessPath)
    # Of a program that dotnet runs, the first argument is its assembly.
    if ([System.IO.Path]::GetFileNameWithoutExtension($start.FileName) -eq 'dotnet') { $start.ArgumentList.Add([Environment]::GetCommandLineArgs()[0]) }
    foreach ($argument in '-NoProfile', '-File', $file) { $start.ArgumentList.Add($argument) }
    $start.Environment['NO_COLOR'] = '1'
    $start.StandardOutputEncoding = $start.StandardErrorEncoding = [System.Text.UTF8Encoding]::new($false)
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($start)
    $errors = $process.StandardError.ReadToEndAsync()
    $output = $process.StandardOutput.ReadToEnd()
    $process.WaitForExit()
    [System.IO.File]::Delete($file)
    [pscustomobject] @{ ExitCode = $process.ExitCode; Output = $output.Trim(); Error = $errors.Result.Trim() }
}

# A script in a runspace of its own, with the module and these variables.
function New-Shell([string] $Script, [hashtable] $Variable) {
    $state = [initialsessionstate]::CreateDefault2()
    $state.ImportPSModule([string[]] @("$PSScriptRoot/../../PSTransfer.psd1"))
    foreach ($name in $Variable.Keys) {
        $state.Variables.Add([System.Management.Automation.Runspaces.SessionStateVariableEntry]::new($name, $Variable[$name], ''))
    }
    $shell = [powershell]::Create($state)
    $null = $shell.AddScript($Script)
    $shell
}

# One text for all weights and statistics of a model, bit by bit: the part of its file after the header.
function Get-WeightHash($Model) {
    $file = [System.IO.Path]::GetTempFileName()
    $null = Export-TransferModel -Model $Model -Path $file -Format Model -Force
    $bytes = [System.IO.File]::ReadAllBytes($file)
    [System.IO.File]::Delete($file)
    $start = 8 + [BitConverter]::ToInt64($bytes, 0)
    $sha = [System.Security.Cryptography.SHA256]::Create()
    [Convert]::ToHexString($sha.ComputeHash($bytes, $start, $bytes.Length - $start))
    $sha.Dispose()
}
