<#
Gives a laid-out module the project's public address: ProjectUri and IconUri in the manifest, and for Get-Help -Online the page of each
cmdlet in the help. Without an address (ProjectAddress in Directory.Build.props) all three are left out.

    pwsh -File build/Address.ps1 out/PSTransfer/0.1.0
#>
param(
    [Parameter(Mandatory)] [string] $Path,
    [string] $Address = ([xml] (Get-Content "$PSScriptRoot/../Directory.Build.props" -Raw)).SelectSingleNode('//ProjectAddress').InnerText
)
$ErrorActionPreference = 'Stop'

if (-not $Address) { return }
$Address = $Address.TrimEnd('/')
if ($Address -notmatch '^https?://[\w.~:/%@+-]+$') {
    throw "ProjectAddress must be an address that begins with https:// or http://, but is '$Address'."
}

# Edits a file as text, so that comments and order stay. The text of an earlier call is replaced.
function Edit-File([string] $Name, [string] $Old, [string] $Place, [string] $New) {
    $file = Join-Path $Path $Name
    $text = (Get-Content -LiteralPath $file -Raw) -replace $Old
    if ($text -notmatch $Place) { throw "There is no place for the address in $file." }
    Set-Content -LiteralPath $file ($text -replace $Place, $New) -NoNewline
}

Edit-File PSTransfer.psd1 '\r?\n *(ProjectUri|IconUri) *=.*' '(?m)^( *)LicenseUri( *)=.*$' (
    "`$0`n`$1ProjectUri`$2= '$Address/'`n`$1IconUri`$2   = '$Address/assets/icon.png'")

# Get-Help -Online opens the first related link that has an address.
$link = '<maml:navigationLink><maml:linkText>Online version:</maml:linkText>' +
    "<maml:uri>$Address/docs/reference/`$2.md</maml:uri></maml:navigationLink>"
Edit-File en-US/PSTransfer.Cmdlets.dll-Help.xml '\s*<maml:navigationLink><maml:linkText>Online version:.*?</maml:navigationLink>' (
    '(?s)(<command:name>)([\w-]+)(</command:name>.*?<command:relatedLinks>)') (
    "`$0`n      $link")
