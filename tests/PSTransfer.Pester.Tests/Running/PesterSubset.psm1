# The part of Pester 5's language that this project's tests use, with its two phases: discovery runs the file and the bodies of
# Describe and Context, which collects the tests; the run phase then runs BeforeAll, BeforeEach, It, AfterEach and AfterAll, each
# block and test in a scope of its own. Unknown parameters and operators are errors. Stricter than Pester: an It in which no Should
# ran fails, and so does an empty -ForEach.
using namespace PSTransfer.Pester.Tests.Running
using namespace System.Management.Automation

$current = $null        # The block that discovery fills; null in the run phase.
$assertions = 0         # Of the test that runs.
$drive = $null

function Initialize-Runner {
    # The two script blocks come from the session of the tests: variables that they and what they dot-source set never meet this module's.
    param([SessionState] $SessionState, [scriptblock] $NewScope, [scriptblock] $FileScope)
    $script:session = $SessionState
    $script:newScope = $NewScope
    $script:fileScope = $FileScope
}

function Find-Test([string] $Path) {
    $root = [Block]::new($null, [IO.Path]::GetFileName($Path))
    $script:current = $root
    # The catch makes every error of a statement end discovery, instead of the statement alone.
    try { $null = & $fileScope $Path } catch { throw } finally { $script:current = $null }
    $root
}

function Invoke-Test([Block] $Root, [TestDrive] $Drive) {
    $script:drive = $Drive
    $provider = $session.Provider.GetOne('FileSystem')
    $null = $session.Drive.New([PSDriveInfo]::new('TestDrive', $provider, $Drive.Path, '', $null), 'global')
    $session.PSVariable.Set('global:TestDrive', $Drive.Path)
    Invoke-Block $Root
}

function Describe {
    [CmdletBinding(PositionalBinding = $false)]
    param([Parameter(Mandatory, Position = 0)] [string] $Name, [Parameter(Position = 1)] [scriptblock] $Fixture, [object] $ForEach,
        [string[]] $Tag = @(), [switch] $Skip)
    Assert-Discovery $MyInvocation $Fixture
    $rows = Get-Row $PSBoundParameters
    $parent = $current
    foreach ($row in $rows) {
        $child = [Block]::new($parent, $Name)
        $child.HasData = $PSBoundParameters.ContainsKey('ForEach')
        $child.Data = $row
        $child.Tags = $Tag
        $child.Skip = $Skip
        $parent.Children.Add($child)
        $script:current = $child
        try { $null = & $newScope { Set-RowVariable $child; . $Fixture } } finally { $script:current = $parent }
    }
}

${function:Context} = ${function:Describe}

function It {
    [CmdletBinding(PositionalBinding = $false)]
    param([Parameter(Mandatory, Position = 0)] [string] $Name, [Parameter(Position = 1)] [scriptblock] $Test, [Alias('TestCases')] [object] $ForEach,
        [string[]] $Tag = @(), [switch] $Skip)
    Assert-Discovery $MyInvocation $Test
    $rows = Get-Row $PSBoundParameters
    foreach ($row in $rows) {
        $found = [PesterTest]::new($current, $Name, $Test)
        $found.Line = $MyInvocation.ScriptLineNumber
        $found.HasData = $PSBoundParameters.ContainsKey('ForEach')
        $found.Data = $row
        $found.Tags = $Tag
        $found.Skip = $Skip
        $current.Children.Add($found)
    }
}

function BeforeDiscovery([Parameter(Mandatory)] [scriptblock] $ScriptBlock) {
    Assert-Discovery $MyInvocation $ScriptBlock
    . $ScriptBlock
}

function BeforeAll([Parameter(Mandatory)] [scriptblock] $ScriptBlock) { Assert-Discovery $MyInvocation $ScriptBlock; $current.BeforeAll.Add($ScriptBlock) }
function BeforeEach([Parameter(Mandatory)] [scriptblock] $ScriptBlock) { Assert-Discovery $MyInvocation $ScriptBlock; $current.BeforeEach.Add($ScriptBlock) }
function AfterEach([Parameter(Mandatory)] [scriptblock] $ScriptBlock) { Assert-Discovery $MyInvocation $ScriptBlock; $current.AfterEach.Add($ScriptBlock) }
function AfterAll([Parameter(Mandatory)] [scriptblock] $ScriptBlock) { Assert-Discovery $MyInvocation $ScriptBlock; $current.AfterAll.Add($ScriptBlock) }

function Set-ItResult {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [switch] $Skipped, [string] $Because = 'no reason given')
    throw [ErrorRecord]::new([RuntimeException]::new($Because), 'PesterTestSkipped', 'InvalidResult', $null)
}

function Should {
    [CmdletBinding(PositionalBinding = $false)]
    param(
        [Parameter(ValueFromPipeline)] [object] $ActualValue,
        [Parameter(Position = 0)] [Alias('ExpectedType', 'ExpectedMessage', 'RegularExpression')] [object] $ExpectedValue,
        [switch] $Not, [string] $Because, [string] $ErrorId, [type] $ExceptionType, [switch] $PassThru,
        [switch] $Be, [switch] $BeExactly, [switch] $BeTrue, [switch] $BeFalse, [switch] $BeNullOrEmpty, [switch] $BeGreaterThan,
        [switch] $BeLessThan, [switch] $BeGreaterOrEqual, [switch] $BeLessOrEqual, [switch] $BeOfType, [switch] $BeLike, [switch] $BeIn,
        [switch] $Match, [switch] $Contain, [switch] $HaveCount, [switch] $Exist, [switch] $Throw)
    begin { $values = [System.Collections.Generic.List[object]]::new() }
    process { $values.Add($ActualValue) }
    end {
        $script:assertions++
        $common = 'ActualValue', 'ExpectedValue', 'Not', 'Because', 'ErrorId', 'ExceptionType', 'PassThru'
        $operator = @($PSBoundParameters.Keys | Where-Object { $_ -notin $common })
        if ($operator.Count -ne 1) { throw "Should needs one operator, found $($operator.Count): $operator." }
        $takesNothing = 'BeTrue', 'BeFalse', 'BeNullOrEmpty', 'Exist'
        $expects = $PSBoundParameters.ContainsKey('ExpectedValue')
        if ($expects -and $operator -in $takesNothing) { throw "Should -$operator takes no expected value." }
        if (-not $expects -and $operator -notin $takesNothing + 'Throw') { throw "Should -$operator needs an expected value." }
        if (-not $Throw -and ($PassThru -or $ErrorId -or $ExceptionType)) { throw '-ErrorId, -ExceptionType and -PassThru belong to Should -Throw.' }
        if ($Throw -and $Not -and ($expects -or $ErrorId -or $ExceptionType)) { throw 'Should -Not -Throw takes no filter: no error at all is expected.' }

        # These look at all that came down the pipeline, the others at each value by itself; nothing at all is one $null.
        if ($operator -in 'Be', 'BeExactly', 'BeNullOrEmpty', 'Contain', 'HaveCount') { $actuals = , $values.ToArray() }
        elseif ($values.Count) { $actuals = $values.ToArray() }
        else { $actuals = , $null }
        foreach ($actual in $actuals) {
            $found = Format-Value $actual
            switch ($operator) {
                Be { $success = Test-Equal $actual $ExpectedValue $false; $wanted = Format-Value $ExpectedValue }
                BeExactly { $success = Test-Equal $actual $ExpectedValue $true; $wanted = "exactly $(Format-Value $ExpectedValue)" }
                BeTrue { $success = [bool] $actual; $wanted = '$true' }
                BeFalse { $success = -not $actual; $wanted = '$false' }
                BeNullOrEmpty {
                    $single = $actual.Count -eq 1
                    $value = $single ? $actual[0] : $null
                    $success = -not $actual.Count -or ($single -and ($value -is [System.Collections.IDictionary] ? -not $value.Count : [string]::IsNullOrEmpty($value)))
                    $wanted = '$null or empty'
                }
                BeGreaterThan { $success = $actual -gt $ExpectedValue; $wanted = "a value greater than $(Format-Value $ExpectedValue)" }
                BeLessThan { $success = $actual -lt $ExpectedValue; $wanted = "a value less than $(Format-Value $ExpectedValue)" }
                BeGreaterOrEqual { $success = $actual -ge $ExpectedValue; $wanted = "a value of at least $(Format-Value $ExpectedValue)" }
                BeLessOrEqual { $success = $actual -le $ExpectedValue; $wanted = "a value of at most $(Format-Value $ExpectedValue)" }
                BeOfType {
                    $type = $ExpectedValue -is [string] ? ($ExpectedValue -replace '^\[(.*)\]$', '$1') -as [type] : $ExpectedValue
                    if ($null -eq $type) { throw "There is no type $ExpectedValue." }
                    $success = $actual -is $type
                    $wanted = "a value of type [$type]"
                    $found += $null -eq $actual ? '' : " of type [$($actual.GetType())]"
                }
                BeLike { $success = $actual -like $ExpectedValue; $wanted = "a value like $(Format-Value $ExpectedValue)" }
                BeIn { $success = $ExpectedValue -contains $actual; $wanted = "one of $(Format-Value $ExpectedValue)" }
                Match { $success = $actual -match $ExpectedValue; $wanted = "a match of the regular expression $(Format-Value $ExpectedValue)" }
                Contain { $success = $actual -contains $ExpectedValue; $wanted = "a collection that contains $(Format-Value $ExpectedValue)" }
                HaveCount {
                    $success = $actual.Count -eq [int] $ExpectedValue
                    $wanted = "a collection of $ExpectedValue"
                    $found = "$($actual.Count): $found"
                }
                Exist { $success = $session.InvokeProvider.Item.Exists($actual); $wanted = 'an existing path' }
                Throw {
                    if ($actual -isnot [scriptblock]) { throw 'Should -Throw needs a script block in the pipeline.' }
                    $caught = $null
                    try { $null = & $actual } catch { $caught = $_ }
                    $filters = @(
                        if ($ExceptionType) { "of type [$ExceptionType]" }
                        if ($ExpectedValue) { "with a message like $(Format-Value $ExpectedValue)" }
                        if ($ErrorId) { "with the id $(Format-Value $ErrorId)" })
                    $success = $null -ne $caught -and
                        (-not $ExceptionType -or $caught.Exception -is $ExceptionType) -and
                        (-not $ExpectedValue -or $caught.Exception.Message -like $ExpectedValue) -and
                        (-not $ErrorId -or $caught.FullyQualifiedErrorId -like $ErrorId)
                    $wanted = "an error $($filters -join ' and ')".Trim()
                    $found = $caught ? "[$($caught.Exception.GetType())] $($caught.FullyQualifiedErrorId): $($caught.Exception.Message)" : 'no error'
                }
            }
            if ([bool] $success -eq [bool] $Not) {
                $reason = $Because ? " because $($Because -replace '^because\s+'),": ''
                $message = "Expected $($Not ? 'not ' : '')$wanted,$reason but found $found."
                throw [ErrorRecord]::new([Exception]::new($message), 'PesterAssertionFailed', 'InvalidResult', $actual)
            }
        }
        if ($PassThru) { $caught }
    }
}

function Invoke-Block([Block] $Block) {
    $toRun = $false
    foreach ($test in $Block.Tests) {
        if ($test.SkipReason) { $test.MarkSkipped($test.SkipReason) } else { $toRun = $true }
    }
    if (-not $toRun) { return }
    $files = $drive.List()
    $null = & $newScope {
        $ready = $false
        try {
            Set-RowVariable $Block
            foreach ($step in $Block.BeforeAll) { . $step }
            $ready = $true
        }
        catch { $Block.Fail('BeforeAll', $_) }
        if ($ready) {
            foreach ($child in $Block.Children) {
                if ($child -is [Block]) { Invoke-Block $child } elseif (-not $child.SkipReason) { Invoke-It $child }
            }
        }
        try { foreach ($step in $Block.AfterAll) { . $step } } catch { $Block.Fail('AfterAll', $_) }
    }
    $drive.RemoveAllBut($files)
}

function Invoke-It([PesterTest] $Test) {
    $null = & $newScope {
        $script:assertions = 0
        try {
            Set-RowVariable $Test
            foreach ($step in $Test.BeforeEach) { . $step }
            if ($Test.Body.Ast.ParamBlock -and $Test.Data -is [System.Collections.IDictionary]) {
                $row = $Test.Data
                . $Test.Body @row
            }
            else { . $Test.Body }
            if (-not $assertions) { throw "No assertion ran: an It without a Should can't fail." }
            $Test.Pass()
        }
        catch {
            if ($_.FullyQualifiedErrorId -eq 'PesterTestSkipped') { $Test.MarkSkipped($_.Exception.Message) } else { $Test.Fail($_) }
        }
        foreach ($step in $Test.AfterEach) { try { . $step } catch { $Test.Fail($_, 'AfterEach failed: ') } }
    }
}

function Set-RowVariable($Item) {
    if (-not $Item.HasData) { return }
    $session.PSVariable.Set('_', $Item.Data)
    if ($Item.Data -is [System.Collections.IDictionary]) {
        foreach ($key in $Item.Data.Keys) { $session.PSVariable.Set($key, $Item.Data[$key]) }
    }
}

function Get-Row($Bound) {
    if (-not $Bound.ContainsKey('ForEach')) { return , @($null) }
    $rows = @($Bound['ForEach'])
    if ($rows.Count -eq 0) { throw "-ForEach of '$($Bound['Name'])' is empty: there would be no test." }
    , $rows
}

function Assert-Discovery($Invocation, $Body) {
    $name = $Invocation.MyCommand.Name
    if ($null -eq $current) { throw "$name can't be used while tests run." }
    if ($null -eq $Body) { throw "$name has no script block. Is its opening brace on the next line?" }
}

function Test-Equal([object[]] $Actual, [object[]] $Expected, [bool] $CaseSensitive) {
    # As in Pester: nothing, an empty array and a single $null are equal.
    $noActual = $null -eq $Actual -or $Actual.Count -eq 0 -or ($Actual.Count -eq 1 -and $null -eq $Actual[0])
    $noExpected = $null -eq $Expected -or $Expected.Count -eq 0 -or ($Expected.Count -eq 1 -and $null -eq $Expected[0])
    if ($noActual -or $noExpected) { return $noActual -and $noExpected }
    if ($Actual.Count -ne $Expected.Count) { return $false }
    for ($i = 0; $i -lt $Actual.Count; $i++) {
        $equal = if ($Actual[$i] -is [array] -or $Expected[$i] -is [array]) { Test-Equal $Actual[$i] $Expected[$i] $CaseSensitive }
        elseif ($CaseSensitive) { $Expected[$i] -ceq $Actual[$i] }
        else { $Expected[$i] -eq $Actual[$i] }
        if (-not $equal) { return $false }
    }
    $true
}

function Format-Value($Value) {
    if ($null -eq $Value) { '$null' }
    elseif ($Value -is [string]) { "'$Value'" }
    elseif ($Value -is [bool]) { "`$$Value".ToLowerInvariant() }
    elseif ($Value -is [array] -and $Value.Count -eq 1) { Format-Value $Value[0] }
    elseif ($Value -is [array]) { "@($(@($Value | ForEach-Object { Format-Value $_ }) -join ', '))" }
    else { "$Value" }
}

Export-ModuleMember -Function Initialize-Runner, Find-Test, Invoke-Test, Describe, Context, It, Should, Set-ItResult,
    BeforeDiscovery, BeforeAll, BeforeEach, AfterEach, AfterAll
