<#
Writes docs/reference, a page for each cmdlet and one for about_PSTransfer, from the help in en-US. With -Check, the script writes
nothing and fails if a page differs from the help.

    pwsh -File build/Docs.ps1
    pwsh -File build/Docs.ps1 -Check
#>
param(
    [switch] $Check,
    [string] $HelpPath = "$PSScriptRoot/../en-US",
    [string] $Path = "$PSScriptRoot/../docs/reference"
)
$ErrorActionPreference = 'Stop'

$commands = ([xml] (Get-Content "$HelpPath/PSTransfer.Cmdlets.dll-Help.xml" -Raw)).GetElementsByTagName('command:command')
$names = $commands.details.name

# Matches the special parts of prose: code, names that lead to a page, and characters with a meaning in Markdown.
$token = '(?<code>@?\{ (?:[^{}]|\{[^{}]*\})*\}|\$\w[\w.]*\w|\$_|(?<![\w-])-[A-Z]\w+)' +
    "|(?<![\w-])(?<cmdlet>$($names -join '|'))(?![\w-])|(?<about>about_PSTransfer)|(?<page>docs/[\w./-]+\.md)" +
    '|(?<mark>[\\`*<>\[\]{}~&$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))'

function ConvertTo-Prose([string] $Text, [string] $Self) {
    $Text.Trim() -replace $token, {
        if ($_.Groups['code'].Success) { '`' + $_.Value + '`' }
        elseif ($_.Value -eq $Self) { $_.Value }
        elseif ($_.Groups['page'].Success) { "[$($_.Value)](../$($_.Value.Substring('docs/'.Length)))" }
        elseif ($_.Groups['mark'].Success) { '\' + $_.Value }
        else { "[$($_.Value)]($($_.Value).md)" }
    }
}

function ConvertTo-Code([string[]] $Text) { ($Text | ForEach-Object { '`' + $_ + '`' }) -join ', ' }

# Converts paragraphs. A paragraph with columns or lines of its own is shown unchanged.
function ConvertTo-Paragraph($Element, [string] $Self) {
    foreach ($text in $Element.para | ForEach-Object { "$_".Trim("`n") }) {
        if ($text -match '\n|\S {2,}\S') { '```text', $text, '```', '' } else { (ConvertTo-Prose $text $Self), '' }
    }
}

# Writes a parameter of the syntax as Get-Command -Syntax shows it.
function ConvertTo-Syntax($Parameter) {
    $name = "-$($Parameter.name)"
    if ($Parameter.position -ne 'named') { $name = "[$name]" }
    $value = ($Parameter.parameterValueGroup ?? $Parameter).parameterValue.InnerText -join ' | '
    if ($value) { $name += " <$value>" }
    $Parameter.required -eq 'true' ? $name : "[$name]"
}

# Joins the syntax to lines of at most 100 columns; continued lines are indented.
function Join-Syntax([string] $Command, [string[]] $Part) {
    $line = $Command
    foreach ($one in $Part) {
        if ("$line $one".Length -gt 100) {
            $line
            $line = "   "
        }
        $line += " $one"
    }
    $line
}

# Lists type, values and binding of a parameter in one line.
function Get-ParameterFact($Parameter, $Command) {
    $value = $Parameter.parameterValue.InnerText
    $group = @($Command.syntax.syntaxItem.parameter | Where-Object name -EQ $Parameter.name)[0].parameterValueGroup
    $choices = $group ? ": $(ConvertTo-Code $group.parameterValue.InnerText)" : ''
    $source = $Parameter.pipelineInput -creplace 'ByValue', 'by value' -creplace 'ByPropertyName', 'by property name'
    $facts = @(
        ($value -eq 'SwitchParameter' ? 'switch' : (ConvertTo-Code $value)) + $choices
        if ($Parameter.required -eq 'true') { 'required' }
        elseif ($value -ne 'SwitchParameter') { "default: $(ConvertTo-Prose $Parameter.defaultValue)" }
        if ($Parameter.position -ne 'named') { "position $($Parameter.position)" }
        if ($source -match '\((.+)\)') { "from the pipeline: $($Matches[1])" }
        if ($Parameter.globbing -eq 'true') { 'wildcards' }
        if ($Parameter.aliases -ne 'none') { "aliases: $(ConvertTo-Code ($Parameter.aliases -split ', '))" }
    )
    $facts -join ' · '
}

function Get-TypeLine($Element, [string] $Self) {
    foreach ($one in $Element) { "- $(ConvertTo-Code $one.type.name): $(ConvertTo-Prose ($one.description.para -join ' ') $Self)" }
}

function ConvertTo-Page($Command) {
    $name = $Command.details.name
    "# $name", ''
    ConvertTo-Paragraph $Command.details.description $name
    '## Syntax', '', '```powershell'
    foreach ($item in $Command.syntax.syntaxItem) {
        Join-Syntax $name @(@($item.parameter).Where({ $_ }).ForEach({ ConvertTo-Syntax $_ }) + '[<CommonParameters>]')
    }
    '```', '', '## Description', ''
    ConvertTo-Paragraph $Command.description $name
    '## Examples', ''
    foreach ($example in $Command.examples.example) {
        "### $(ConvertTo-Prose $example.title.Trim('- '))", '', '```powershell', $example.code.Trim("`n"), '```', ''
        ConvertTo-Paragraph $example.remarks $name
    }
    if ($Command.parameters.parameter) { '## Parameters', '' }
    foreach ($parameter in $Command.parameters.parameter) {
        "### $(ConvertTo-Code "-$($parameter.name)")", '', (Get-ParameterFact $parameter $Command), ''
        ConvertTo-Paragraph $parameter.description $name
    }
    if ($Command.inputTypes.inputType) { '## Inputs', '', (Get-TypeLine $Command.inputTypes.inputType $name), '' }
    '## Outputs', '', (Get-TypeLine $Command.returnValues.returnValue $name), ''
    # The note that names this very page is meant for the console; its guides become links here.
    $here, $notes = @($Command.alertSet.alert.para).Where({ $_ -match "docs/reference/$name\.md" }, 'Split')
    if ($notes) { '## Notes', '', (ConvertTo-Paragraph @{ para = $notes } $name) }
    '## Related', ''
    foreach ($guide in [regex]::Matches("$here", 'docs/(\w+\.md)')) {
        "- [$((Get-Content "$PSScriptRoot/../$guide" -TotalCount 1).TrimStart('# '))](../$($guide.Groups[1]))"
    }
    foreach ($link in $Command.relatedLinks.navigationLink.linkText) { "- $(ConvertTo-Prose $link $name)" }
}

# Converts the about page. Headings begin at column 0, subheadings at 2, text at 4, code at 8; columns are two blanks apart.
function ConvertTo-AboutPage([string] $Text) {
    '# about_PSTransfer', ''
    foreach ($block in $Text.Trim() -replace '\r' -split '\n(?:[ \t]*\n)+' ) {
        $lines = @($block -split '\n')
        while ($lines -and $lines[0] -match '^( {2})?\S') {
            $heading, $lines = $lines
            if ($heading.Trim() -ne 'TOPIC') {
                $words = $heading -cmatch '[a-z]' ? $heading.Trim() : $heading.Substring(0, 1) + $heading.Substring(1).ToLowerInvariant()
                "$($heading[0] -eq ' ' ? '###' : '##') $(ConvertTo-Prose $words)", ''
            }
            else { $lines = @($lines | Select-Object -Skip 1) }
        }
        if (-not $lines) { continue }
        if ($lines[0].StartsWith(' ' * 8)) { '```powershell', ($lines -replace '^ {8}'), '```', '' }
        elseif ($lines -match '\S {2,}\S') { '```text', ($lines -replace '^ {4}'), '```', '' }
        else { (ConvertTo-Prose ($lines.Trim() -join ' ')), '' }
    }
}

$pages = [ordered] @{}
foreach ($command in $commands) { $pages["$($command.details.name).md"] = ConvertTo-Page $command }
$pages['about_PSTransfer.md'] = ConvertTo-AboutPage (Get-Content "$HelpPath/about_PSTransfer.help.txt" -Raw)
$pages['README.md'] = @(
    '# Reference', ''
    'A page for each cmdlet, and [about_PSTransfer](about_PSTransfer.md) for what they share. The text is that of `Get-Help`;'
    '`pwsh -File build/Docs.ps1` writes these pages from it. [docs/README.md](../README.md) leads here by task.', ''
    '| cmdlet | what it does |', '|---|---|'
    foreach ($command in $commands | Sort-Object { $_.details.name }) {
        $name = $command.details.name
        "| [$name]($name.md) | $((ConvertTo-Prose $command.details.description.para $name) -replace '\|', '\|') |"
    }
)

# Every line ends with \n on every system, and no empty line is left at the end.
$texts = [ordered] @{}
foreach ($name in $pages.Keys) { $texts[$name] = (@($pages[$name] | ForEach-Object { $_ }) -join "`n").Trim() + "`n" }
$stale = @(Get-ChildItem $Path -Filter *.md -Force -ErrorAction Ignore | Where-Object { -not $texts.Contains($_.Name) })
if ($Check) {
    $differing = @(
        $texts.Keys.Where({ -not (Test-Path "$Path/$_") -or ((Get-Content "$Path/$_" -Raw) -replace '\r') -cne $texts[$_] })
        $stale.Name
    ) | Where-Object { $_ }
    if ($differing) { throw "docs/reference differs from the help ($($differing -join ', ')). Run build/Docs.ps1." }
    return
}

$null = New-Item $Path -ItemType Directory -Force
$stale | Remove-Item -Force
foreach ($name in $texts.Keys) { Set-Content "$Path/$name" $texts[$name] -NoNewline }
"$($texts.Count) pages in $(Convert-Path $Path)"
