BeforeDiscovery {
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    $documents = @(
        Get-Item "$root/*.md"
        Get-ChildItem "$root/docs" -Recurse -Filter *.md
        Get-Item "$root/assets/README.md"
    ) | ForEach-Object { @{ Name = [System.IO.Path]::GetRelativePath($root, $_.FullName).Replace('\', '/') } }
}

BeforeAll {
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")

    # The links of a page that lead to files: [text](path#heading), not those in code, not those with a scheme.
    function Get-DocumentLink([string] $Path) {
        $text = (Get-Content -LiteralPath $Path -Raw) -replace '(?ms)^```.*?^```' -replace '`[^`\n]*`'
        [regex]::Matches($text, '(?<!\\)\]\(([^)\s]*)\)').ForEach({ $_.Groups[1].Value }) -notmatch '^[a-z]+:'
    }

    # The addresses of a page's headings, as forges make them.
    function Get-Anchor([string] $Path) {
        $text = (Get-Content -LiteralPath $Path -Raw) -replace '(?ms)^```.*?^```'
        [regex]::Matches($text, '(?m)^#+ (.+)$').ForEach({ $_.Groups[1].Value.Trim().ToLowerInvariant() -replace '[^\w\- ]' -replace ' ', '-' })
    }
}

Describe 'The documents' {
    It 'link to what is there: <Name>' -ForEach $documents {
        $folder = Split-Path "$root/$Name"
        foreach ($link in Get-DocumentLink "$root/$Name") {
            $path, $anchor = $link -split '#', 2
            $target = $path ? [System.IO.Path]::GetFullPath((Join-Path $folder ([uri]::UnescapeDataString($path)))) : "$root/$Name"
            Test-Path -LiteralPath $target | Should -BeTrue -Because "$Name leads to $link"
            if ($anchor) { Get-Anchor $target | Should -Contain $anchor -Because "$Name leads to $link" }
        }
    }

    It 'in docs can all be reached from docs/README.md' {
        $reached = [System.Collections.Generic.HashSet[string]]::new()
        $next = [System.Collections.Generic.Queue[string]]::new()
        $next.Enqueue([System.IO.Path]::GetFullPath("$root/docs/README.md"))
        while ($next.Count) {
            $page = $next.Dequeue()
            if (-not $reached.Add($page) -or $page -notlike '*.md') { continue }
            foreach ($link in Get-DocumentLink $page) {
                $path = ($link -split '#')[0]
                if ($path) { $next.Enqueue([System.IO.Path]::GetFullPath((Join-Path (Split-Path $page) $path))) }
            }
        }
        $pages = @(Get-ChildItem "$root/docs/*.md", "$root/docs/experiments/*.md", "$root/docs/reference/*.md")
        @($pages.FullName | Where-Object { -not $reached.Contains($_) }) | Should -BeNullOrEmpty
    }

    It 'name every example in docs/README.md or README.md' {
        $text = (Get-Content "$root/README.md", "$root/docs/README.md") -join "`n"
        foreach ($example in (Get-ChildItem "$root/examples" -File).Name) { $text | Should -Match ([regex]::Escape($example)) }
    }

    It "draw the figures of the README's table" {
        $picture = Get-Content "$root/docs/pictures/trap.svg" -Raw
        foreach ($page in 'README.md', 'docs/trap.md') {
            $rows = @(Get-Content "$root/$page" | Select-String '^\| `\w+` \([^|]*\| ([01]\.\d+) \| ([01]\.\d+) \|')
            $rows | Should -HaveCount 2
            foreach ($row in $rows) {
                $training, $use = $row.Matches[0].Groups[1, 2].Value.ForEach({ ([double]$_ * 100).ToString('0.#', [cultureinfo]::InvariantCulture) })
                $picture | Should -BeLike "*: $training % in training, $use % in use.*" -Because "$page says so"
            }
        }
    }
}
