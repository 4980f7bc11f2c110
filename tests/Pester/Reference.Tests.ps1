BeforeDiscovery {
    $help = ([xml] (Get-Content "$PSScriptRoot/../../en-US/PSTransfer.Cmdlets.dll-Help.xml" -Raw)).GetElementsByTagName('command:command')
    $cmdlets = foreach ($command in $help) { @{ Name = $command.details.name } }
}

BeforeAll {
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")

    # What a reader sees of a page: its text without markup.
    function Get-PageText([string] $Path) {
        $html = (ConvertFrom-Markdown -LiteralPath $Path).Html -replace '<[^>]+>'
        [System.Net.WebUtility]::HtmlDecode($html) -replace '[\u2018\u2019]', "'" -replace '\s+', ' '
    }

    # A help file of one cmdlet with this prose, and an about topic.
    function New-Help([string] $Path, [string] $Prose, [string] $About = "TOPIC`n    about_PSTransfer`n") {
        $null = New-Item $Path -ItemType Directory
        $text = [System.Security.SecurityElement]::Escape($Prose)
        Set-Content "$Path/about_PSTransfer.help.txt" $About
        Set-Content "$Path/PSTransfer.Cmdlets.dll-Help.xml" @"
<helpItems xmlns:maml="http://schemas.microsoft.com/maml/2004/10" xmlns:command="http://schemas.microsoft.com/maml/dev/command/2004/10" xmlns:dev="http://schemas.microsoft.com/maml/dev/2004/10">
  <command:command>
    <command:details><command:name>Get-Thing</command:name><maml:description><maml:para>$text</maml:para></maml:description></command:details>
    <maml:description><maml:para>$text</maml:para><maml:para>one    1 | 2
two    *</maml:para></maml:description>
    <command:syntax><command:syntaxItem><maml:name>Get-Thing</maml:name>
      <command:parameter required="true" globbing="true" pipelineInput="True (ByValue)" position="0" aliases="PSPath, FullName"><maml:name>Path</maml:name><command:parameterValue required="true">string[]</command:parameterValue></command:parameter>
      <command:parameter required="false" globbing="false" pipelineInput="False" position="named" aliases="none"><maml:name>Kind</maml:name><command:parameterValueGroup><command:parameterValue required="false">Big</command:parameterValue><command:parameterValue required="false">Small</command:parameterValue></command:parameterValueGroup></command:parameter>
      <command:parameter required="false" globbing="false" pipelineInput="False" position="named" aliases="none"><maml:name>Force</maml:name></command:parameter>
    </command:syntaxItem></command:syntax>
    <command:parameters>
      <command:parameter required="true" globbing="true" pipelineInput="True (ByValue)" position="0" aliases="PSPath, FullName"><maml:name>Path</maml:name><maml:description><maml:para>$text</maml:para></maml:description><command:parameterValue required="true">string[]</command:parameterValue><dev:defaultValue>None</dev:defaultValue></command:parameter>
      <command:parameter required="false" globbing="false" pipelineInput="False" position="named" aliases="none"><maml:name>Kind</maml:name><maml:description><maml:para>Big or Small.</maml:para></maml:description><command:parameterValue required="true">Kind</command:parameterValue><dev:defaultValue>*</dev:defaultValue></command:parameter>
      <command:parameter required="false" globbing="false" pipelineInput="False" position="named" aliases="none"><maml:name>Force</maml:name><maml:description><maml:para>Do.</maml:para></maml:description><command:parameterValue required="false">SwitchParameter</command:parameterValue><dev:defaultValue>False</dev:defaultValue></command:parameter>
    </command:parameters>
    <command:returnValues><command:returnValue><dev:type><maml:name>System.String</maml:name></dev:type><maml:description><maml:para>$text</maml:para></maml:description></command:returnValue></command:returnValues>
    <command:examples><command:example><maml:title>---------- Example 1: A title ----------</maml:title><dev:code>Get-Thing a*, b_c | Out-Host</dev:code><dev:remarks><maml:para>$text</maml:para></dev:remarks></command:example></command:examples>
    <command:relatedLinks><maml:navigationLink><maml:linkText>about_PSTransfer</maml:linkText></maml:navigationLink></command:relatedLinks>
  </command:command>
</helpItems>
"@
    }
}

Describe 'docs/reference' {
    It 'is what the help says' {
        { & "$root/build/Docs.ps1" -Check } | Should -Not -Throw
    }

    It 'is named by the help: <Name>' -ForEach $cmdlets {
        $help = ([xml] (Get-Content "$root/en-US/PSTransfer.Cmdlets.dll-Help.xml" -Raw)).GetElementsByTagName('command:command') |
            Where-Object { $_.details.name -eq $Name }
        $pages = @([regex]::Matches("$($help.alertSet.alert.para)", 'docs/[\w/-]+\.md').Value)
        $pages | Should -Contain "docs/reference/$Name.md"
        foreach ($page in $pages) { "$root/$page" | Should -Exist }
    }

    It 'shows all of the help''s prose: <Name>' -ForEach $cmdlets {
        $page = Get-PageText "$root/docs/reference/$Name.md"
        $help = ([xml] (Get-Content "$root/en-US/PSTransfer.Cmdlets.dll-Help.xml" -Raw)).GetElementsByTagName('command:command') |
            Where-Object { $_.details.name -eq $Name }
        foreach ($paragraph in $help.GetElementsByTagName('maml:para').InnerText -notmatch "docs/reference/$Name\.md") {
            $page.Contains(($paragraph -replace '\s+', ' ').Trim()) | Should -BeTrue -Because "the page has '$paragraph'"
        }
    }
}

Describe 'build/Docs.ps1' {
    It 'keeps the characters that Markdown would obey: <Prose>' -ForEach @(
        @{ Prose = 'layer1*, *.png and a ** b' }
        @{ Prose = 'one | two || three' }
        @{ Prose = '<int[]> & &amp; [a](b) ![c](d)' }
        @{ Prose = 'a ` b `` c, \d, C:\new\*.txt' }
        @{ Prose = '__init__, _x_, a_b_c, ~/.cache ~~no~~ $x$ {run}' }
        @{ Prose = "@{ 'layer1*' = 0.01 } and { `$_.Name } with -Path and `$_" }
        @{ Prose = '{run} stands first' }
    ) {
        $folder = "$TestDrive/$([guid]::NewGuid())"
        New-Help "$folder/help" $Prose
        $null = & "$root/build/Docs.ps1" -HelpPath "$folder/help" -Path "$folder/pages"
        $text = Get-PageText "$folder/pages/Get-Thing.md"
        # The synopsis, the description, the parameter, the output and the remark.
        ($text.Length - $text.Replace($Prose, '').Length) / $Prose.Length | Should -Be 5
        (Get-PageText "$folder/pages/README.md").Contains($Prose) | Should -BeTrue
    }

    It 'writes syntax, facts of parameters, examples, tables and links' {
        New-Help "$TestDrive/plain/help" 'Prose about Get-Thing.'
        $null = & "$root/build/Docs.ps1" -HelpPath "$TestDrive/plain/help" -Path "$TestDrive/plain/pages"
        $page = Get-Content "$TestDrive/plain/pages/Get-Thing.md" -Raw
        foreach ($part in @(
            "``````powershell`nGet-Thing [-Path] <string[]> [-Kind <Big | Small>] [-Force] [<CommonParameters>]`n``````"
            "### ``-Path```n`n``string[]`` · required · position 0 · from the pipeline: by value · wildcards · aliases: ``PSPath``, ``FullName``"
            "### ``-Kind```n`n``Kind``: ``Big``, ``Small`` · default: \*"
            "### ``-Force```n`nswitch"
            "### Example 1: A title`n`n``````powershell`nGet-Thing a*, b_c | Out-Host`n``````"
            "``````text`none    1 | 2`ntwo    *`n``````"
            "- ``System.String``: Prose"
            "- [about_PSTransfer](about_PSTransfer.md)")) {
            $page.Contains($part) | Should -BeTrue -Because "the page has $part, but is $page"
        }
    }

    It 'makes headings, paragraphs, code and tables of an about topic' {
        New-Help "$TestDrive/about/help" 'Prose.' -About @'
TOPIC
    about_PSTransfer

THE FIRST
    Prose of two
    lines about Get-Thing.

  A part
        Get-Thing a |
            Out-Host

    one    1
    two    2
'@
        $null = & "$root/build/Docs.ps1" -HelpPath "$TestDrive/about/help" -Path "$TestDrive/about/pages"
        (Get-Content "$TestDrive/about/pages/about_PSTransfer.md") -join "`n" | Should -BeExactly (@(
            '# about_PSTransfer', '', '## The first', '', 'Prose of two lines about [Get-Thing](Get-Thing.md).', '', '### A part', ''
            '```powershell', 'Get-Thing a |', '    Out-Host', '```', '', '```text', 'one    1', 'two    2', '```') -join "`n")
    }

    It 'fails with -Check where a page differs, is missing or is left over, and names it' {
        New-Help "$TestDrive/check/help" 'Prose.'
        $where = @{ HelpPath = "$TestDrive/check/help"; Path = "$TestDrive/check/pages" }
        $null = & "$root/build/Docs.ps1" @where
        { & "$root/build/Docs.ps1" @where -Check } | Should -Not -Throw
        Add-Content "$TestDrive/check/pages/Get-Thing.md" 'more'
        Remove-Item "$TestDrive/check/pages/about_PSTransfer.md"
        Set-Content "$TestDrive/check/pages/Get-Other.md" 'old'
        { & "$root/build/Docs.ps1" @where -Check } | Should -Throw '*Get-Thing.md, about_PSTransfer.md, Get-Other.md*build/Docs.ps1*'
        $null = & "$root/build/Docs.ps1" @where
        "$TestDrive/check/pages/Get-Other.md" | Should -Not -Exist
        { & "$root/build/Docs.ps1" @where -Check } | Should -Not -Throw
        Set-Content "$($where.Path)/.md" 'a page without a name, which systems other than Windows hide'
        { & "$root/build/Docs.ps1" @where -Check } | Should -Throw '*(.md)*'
        $null = & "$root/build/Docs.ps1" @where
        "$($where.Path)/.md" | Should -Not -Exist
    }
}

Describe 'The project''s address' {
    BeforeAll {
        function New-Layout([string] $Path) {
            $null = New-Item $Path -ItemType Directory
            Copy-Item "$root/PSTransfer.psd1", "$root/PSTransfer.Format.ps1xml", "$root/en-US" $Path -Recurse
        }

        function Get-Address([string] $Path) {
            $data = (Import-PowerShellDataFile "$Path/PSTransfer.psd1").PrivateData.PSData
            $help = ([xml] (Get-Content "$Path/en-US/PSTransfer.Cmdlets.dll-Help.xml" -Raw)).GetElementsByTagName('command:command')
            $pages = [ordered] @{}
            foreach ($command in $help) { $pages[$command.details.name] = @($command.relatedLinks.navigationLink.uri)[0] }
            [pscustomobject] @{ ProjectUri = $data.ProjectUri; IconUri = $data.IconUri; HelpUri = $pages }
        }
    }

    It 'is left out where there is none' {
        New-Layout "$TestDrive/none"
        & "$root/build/Address.ps1" "$TestDrive/none" -Address ''
        $address = Get-Address "$TestDrive/none"
        $address.ProjectUri | Should -BeNullOrEmpty
        $address.IconUri | Should -BeNullOrEmpty
        @($address.HelpUri.Values | Where-Object { $_ }) | Should -HaveCount 0
    }

    It 'is in the manifest and in the help of each cmdlet, where there is one, and replaces an earlier one' {
        New-Layout "$TestDrive/some"
        foreach ($one in 'https://old.example.org', 'https://example.org/pstransfer/') { & "$root/build/Address.ps1" "$TestDrive/some" -Address $one }
        Get-ChildItem "$TestDrive/some" -Recurse -File | Select-String 'old.example.org' -SimpleMatch | Should -BeNullOrEmpty
        $address = Get-Address "$TestDrive/some"
        $address.ProjectUri | Should -Be 'https://example.org/pstransfer/'
        $address.IconUri | Should -Be 'https://example.org/pstransfer/assets/icon.png'
        "$root/assets/icon.png" | Should -Exist
        foreach ($name in $address.HelpUri.Keys) {
            $address.HelpUri[$name] | Should -Be "https://example.org/pstransfer/docs/reference/$name.md"
        }
        (Get-Content "$TestDrive/some/en-US/PSTransfer.Cmdlets.dll-Help.xml" -Raw) -split 'Online version:' | Should -HaveCount ($address.HelpUri.Count + 1)
    }

    It 'must be one: <Address>' -ForEach @{ Address = 'example.org' }, @{ Address = 'file:///tmp' }, @{ Address = "https://example.org/it's here" } {
        { & "$root/build/Address.ps1" $TestDrive -Address $Address } | Should -Throw '*ProjectAddress*https://*'
    }

    It 'is what Get-Help -Online opens' -Skip:(-not $IsLinux) {
        New-Layout "$TestDrive/online"
        & "$root/build/Address.ps1" "$TestDrive/online" -Address 'https://example.org'
        # A command with that help, and a browser that writes down what it is asked for.
        Set-Content "$TestDrive/online/Online.psm1" "function Set-FreezeMode {`n# .ExternalHelp PSTransfer.Cmdlets.dll-Help.xml`n}"
        Set-Content "$TestDrive/xdg-open" "#!/bin/sh`necho `"`$1`" > '$TestDrive/opened.new' && mv '$TestDrive/opened.new' '$TestDrive/opened'"
        chmod +x "$TestDrive/xdg-open"
        $path = $env:PATH
        $shell = [powershell]::Create()
        try {
            $env:PATH = "${TestDrive}:$path"
            $null = $shell.AddScript("Import-Module '$TestDrive/online/Online.psm1'; Get-Help Online\Set-FreezeMode -Online").Invoke()
            for ($i = 0; $i -lt 100 -and -not (Test-Path "$TestDrive/opened"); $i++) { Start-Sleep -Milliseconds 100 }
            $shell.Streams.Error | Should -BeNullOrEmpty
        }
        finally {
            $env:PATH = $path
            $shell.Dispose()
        }
        Get-Content "$TestDrive/opened" | Should -Be 'https://example.org/docs/reference/Set-FreezeMode.md'
    }
}
