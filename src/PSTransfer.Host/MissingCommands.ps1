# The engine's package has the language and the core commands, but none of these, which ship with pwsh. Each is the part that
# scripts commonly need, does what the real one does and refuses any parameter it doesn't know. Only hosts of the bare engine load this.

function Write-Host {
    [CmdletBinding()]
    param([Parameter(Position = 0, ValueFromPipeline, ValueFromRemainingArguments)] $Object, [switch] $NoNewline, [object] $Separator = ' ',
        [ConsoleColor] $ForegroundColor, [ConsoleColor] $BackgroundColor)
    process {
        $message = [System.Management.Automation.HostInformationMessage]::new()
        $message.Message = @($Object) -join $Separator
        $message.NoNewLine = $NoNewline
        foreach ($color in 'ForegroundColor', 'BackgroundColor') {
            if ($PSBoundParameters.ContainsKey($color)) { $message.$color = $PSBoundParameters[$color] }
        }
        $PSCmdlet.WriteInformation($message, [string[]] @('PSHOST'))
    }
}

function Write-Output {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromRemainingArguments)] [AllowNull()] [AllowEmptyCollection()] $InputObject,
        [switch] $NoEnumerate)
    process { $PSCmdlet.WriteObject($InputObject, -not $NoEnumerate) }
}

function Write-Warning {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0, ValueFromPipeline)] [AllowEmptyString()] [string] $Message)
    process { $PSCmdlet.WriteWarning($Message) }
}

function Write-Error {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0, ValueFromPipeline)] [string] $Message, [string] $ErrorId = 'Microsoft.PowerShell.Commands.WriteErrorException',
        [System.Management.Automation.ErrorCategory] $Category = 'NotSpecified', [object] $TargetObject)
    process {
        $exception = [System.Management.Automation.RuntimeException]::new($Message)
        $PSCmdlet.WriteError([System.Management.Automation.ErrorRecord]::new($exception, $ErrorId, $Category, $TargetObject))
    }
}

function Join-Path {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0, ValueFromPipeline)] [string[]] $Path, [Parameter(Mandatory, Position = 1)] [AllowEmptyString()] [string] $ChildPath,
        [Parameter(Position = 2, ValueFromRemainingArguments)] [string[]] $AdditionalChildPath = @())
    process {
        foreach ($item in $Path) {
            foreach ($child in @($ChildPath) + $AdditionalChildPath) { $item = $PSCmdlet.SessionState.Path.Combine($item, $child) }
            $item
        }
    }
}

function Test-Path {
    [CmdletBinding(DefaultParameterSetName = 'Path')]
    param([Parameter(Mandatory, Position = 0, ValueFromPipeline, ParameterSetName = 'Path')] [string[]] $Path,
        [Parameter(Mandatory, ParameterSetName = 'LiteralPath')] [Alias('PSPath')] [string[]] $LiteralPath,
        [ValidateSet('Any', 'Container', 'Leaf')] [string] $PathType = 'Any')
    process {
        foreach ($item in $LiteralPath ? $LiteralPath : $Path) {
            if ([string]::IsNullOrWhiteSpace($item)) { $false; continue }
            $items = $PSCmdlet.SessionState.InvokeProvider.Item
            if (-not $items.Exists($item, $false, [bool] $LiteralPath)) { $false; continue }
            $isContainer = $items.IsContainer($item)
            $PathType -eq 'Any' -or $isContainer -eq ($PathType -eq 'Container')
        }
    }
}

function Get-ChildItem {
    [CmdletBinding(DefaultParameterSetName = 'Path')]
    param([Parameter(Position = 0, ValueFromPipeline, ParameterSetName = 'Path')] [string[]] $Path = @('.'),
        [Parameter(Mandatory, ParameterSetName = 'LiteralPath')] [Alias('PSPath')] [string[]] $LiteralPath,
        [Parameter(Position = 1)] [string] $Filter, [switch] $Recurse, [switch] $File, [switch] $Directory)
    process {
        trap { $PSCmdlet.WriteError(($_.Exception.InnerException ?? $_.Exception).ErrorRecord); continue }
        $literal = [bool] $LiteralPath
        $PSCmdlet.SessionState.InvokeProvider.ChildItem.Get([string[]] ($literal ? $LiteralPath : $Path), [bool] $Recurse, [uint32]::MaxValue, $false, $literal) |
            Where-Object { (-not $Filter -or $_.PSChildName -like $Filter) -and (-not $File -or -not $_.PSIsContainer) -and (-not $Directory -or $_.PSIsContainer) }
    }
}

function New-Item {
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory, Position = 0)] [string[]] $Path, [ValidateSet('File', 'Directory')] [Alias('Type')] [string] $ItemType = 'File',
        [object] $Value, [switch] $Force)
    trap { $PSCmdlet.WriteError(($_.Exception.InnerException ?? $_.Exception).ErrorRecord); continue }
    foreach ($item in $Path) {
        if ($PSCmdlet.ShouldProcess($item, "Create $ItemType")) {
            $PSCmdlet.SessionState.InvokeProvider.Item.New([string[]] @($item), [NullString]::Value, $ItemType, $Value, [bool] $Force)
        }
    }
}

function Remove-Item {
    [CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Path')]
    param([Parameter(Mandatory, Position = 0, ValueFromPipeline, ParameterSetName = 'Path')] [string[]] $Path,
        [Parameter(Mandatory, ParameterSetName = 'LiteralPath', ValueFromPipelineByPropertyName)] [Alias('PSPath')] [string[]] $LiteralPath,
        [switch] $Recurse, [switch] $Force)
    process {
        trap { $PSCmdlet.WriteError(($_.Exception.InnerException ?? $_.Exception).ErrorRecord); continue }
        $literal = [bool] $LiteralPath
        foreach ($item in $literal ? $LiteralPath : $Path) {
            if ($PSCmdlet.ShouldProcess($item, 'Remove')) {
                $PSCmdlet.SessionState.InvokeProvider.Item.Remove([string[]] @($item), [bool] $Recurse, [bool] $Force, $literal)
            }
        }
    }
}

function Select-Object {
    [CmdletBinding()]
    param([Parameter(Position = 0)] [object[]] $Property, [Parameter(ValueFromPipeline)] $InputObject, [string] $ExpandProperty,
        [int] $First = -1, [int] $Last = -1, [int] $Skip = 0)
    begin { $all = [System.Collections.Generic.List[object]]::new() }
    process { $all.Add($InputObject) }
    end {
        $from = $Skip
        $to = $all.Count
        if ($First -ge 0) { $to = [Math]::Min($to, $from + $First) }
        if ($Last -ge 0) { $from = [Math]::Max($from, $to - $Last) }
        for ($i = $from; $i -lt $to; $i++) {
            $object = $all[$i]
            if ($ExpandProperty) { $object.$ExpandProperty; continue }
            if (-not $Property) { $object; continue }
            $selected = [ordered] @{}
            foreach ($wanted in $Property) {
                if ($wanted -is [System.Collections.IDictionary]) {
                    $name = $wanted.Keys | Where-Object { 'Name', 'Label' -like "$_*" } | ForEach-Object { $wanted[$_] }
                    $expression = $wanted.Keys | Where-Object { 'Expression' -like "$_*" } | ForEach-Object { $wanted[$_] }
                    $selected["$name"] = $expression -is [scriptblock] ? ($object | ForEach-Object $expression) : $object.$expression
                }
                else {
                    $names = @(@($object.PSObject.Properties.Name) -like $wanted)
                    if (-not $names) { $selected["$wanted"] = $null }
                    foreach ($name in $names) { $selected[$name] = $object.$name }
                }
            }
            [pscustomobject] $selected
        }
    }
}

function Import-Csv {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0, ValueFromPipeline)] [string[]] $Path, [Parameter(Position = 1)] [char] $Delimiter = ',')
    process {
        foreach ($file in $Path) {
            $parser = [Microsoft.VisualBasic.FileIO.TextFieldParser]::new($PSCmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath($file))
            try {
                $parser.SetDelimiters([string] $Delimiter)
                $names = $parser.ReadFields()
                while (-not $parser.EndOfData) {
                    $fields = $parser.ReadFields()
                    $row = [ordered] @{}
                    for ($i = 0; $i -lt $names.Count; $i++) { $row[$names[$i]] = $i -lt $fields.Count ? $fields[$i] : $null }
                    [pscustomobject] $row
                }
            }
            finally { $parser.Dispose() }
        }
    }
}

function Format-Table {
    [CmdletBinding()]
    param([Parameter(Position = 0)] [object[]] $Property = '*', [Parameter(ValueFromPipeline)] $InputObject, [switch] $AutoSize)
    begin { $all = [System.Collections.Generic.List[object]]::new() }
    process { $all.Add($InputObject) }
    end {
        if (-not $all.Count) { return }
        $rows = @($all | Select-Object $Property)
        $names = @($rows[0].PSObject.Properties.Name)
        $isNumber = @{}
        $width = @{}
        $cells = foreach ($row in $rows) {
            $cell = @{}
            foreach ($name in $names) {
                $value = $row.$name
                $number = $value -is [ValueType] -and $value -isnot [bool] -and $value -isnot [enum]
                if ($null -ne $value) { $isNumber[$name] = $number }
                $cell[$name] = $value -is [double] -or $value -is [float] -or $value -is [decimal] ? $value.ToString('0.00') : "$value"
                $width[$name] = [Math]::Max([Math]::Max($width[$name] ?? 0, $name.Length), $cell[$name].Length)
            }
            $cell
        }
        $line = { param($text) (@(foreach ($name in $names) { $isNumber[$name] ? $text[$name].PadLeft($width[$name]) : $text[$name].PadRight($width[$name]) }) -join ' ').TrimEnd() }
        $heads = @{}
        $rules = @{}
        foreach ($name in $names) { $heads[$name] = $name; $rules[$name] = '-' * $name.Length }
        ''
        & $line $heads
        & $line $rules
        foreach ($cell in $cells) { & $line $cell }
        ''
    }
}
