<#
Measures what the README's picture shows, and draws it: the same 200 images under the same weights, in training and in use.

    dotnet run --project src/PSTransfer.Host -c Release -- docs/pictures/trap.ps1

It trains what examples/frozen-batchnorm.ps1 trains, with the same seed, and writes two files to docs/pictures. trap.svg has a pair of
bars for each meaning of "frozen". trap-curves.svg is the chart of accuracy from the trapped run's report.
#>
param([int] $Seed = 42, [string] $Path = $PSScriptRoot)
$ErrorActionPreference = 'Stop'
Import-Module ((Convert-Path -LiteralPath "$PSScriptRoot/../../PSTransfer.psd1" -ErrorAction Ignore) ?? 'PSTransfer')

$shoes = Import-ImageDataset "$PSScriptRoot/../../assets/fashion-shoes/train-images-idx3-ubyte.gz"
$folder = (New-Item (Join-Path ([IO.Path]::GetTempPath()) (New-Guid)) -ItemType Directory).FullName
$report = @{}
try {
    foreach ($mode in 'Legacy', 'Inference') {
        $model = New-Backbone resnet20 -InputShape 28 -Weights fashion |
            Add-ClassifierHead -ClassCount 2 -Pooling Flatten -Seed $Seed |
            Set-FreezeMode $mode
        $run = $model |
            Invoke-FineTune -Dataset $shoes -ValidationDataset $shoes -Epochs 10 -Optimizer Adam -Seed $Seed -WarningAction Ignore
        $report[$mode] = $run | Test-LearningPhase -Dataset $shoes
        if ($mode -eq 'Legacy') {
            $null = $run | Export-TrainingReport "$folder/trap.md"
            Copy-Item "$folder/trap-accuracy.svg" "$Path/trap-curves.svg"
        }
        $model.Dispose()
    }
}
finally { Remove-Item $folder -Recurse }

# The colours, the font and the white card are those of the reports' charts (src/PSTransfer.Core/Reports/Charts). Sizes are in pixels.
$ink, $grid, $blue, $orange = '#1c2430', '#e2e6ec', '#2b6cb0', '#c05621'
$width, $height, $ground, $scale = 760, 350, 295, 1.5

function Get-Percent([double] $Accuracy) { ($Accuracy * 100).ToString('0.#', [cultureinfo]::InvariantCulture) + ' %' }

function Get-Text([double] $X, [double] $Y, [string] $Text, [int] $Size = 15, [string] $Weight = 'normal') {
    "  <text x=`"$X`" y=`"$Y`" font-size=`"$Size`" font-weight=`"$Weight`" text-anchor=`"middle`" fill=`"$ink`">$Text</text>"
}

function Get-Bar([double] $Middle, [double] $Accuracy, [string] $Colour, [string] $Name) {
    $tall = [Math]::Round($Accuracy * 100 * $scale, 1)
    "  <rect x=`"$($Middle - 48)`" y=`"$($ground - $tall)`" width=`"96`" height=`"$tall`" fill=`"$Colour`" />"
    Get-Text $Middle ($ground - $tall - 9) (Get-Percent $Accuracy) 20 bold
    Get-Text $Middle ($ground + 22) $Name
}

function Get-Pair([double] $Middle, [string] $Title, [string] $Meaning, $Report) {
    Get-Text $Middle 66 $Title 16 bold
    Get-Text $Middle 89 $Meaning 14
    Get-Bar ($Middle - 70) $Report.Training.Accuracy $blue 'in training'
    Get-Bar ($Middle + 70) $Report.Inference.Accuracy $orange 'in use'
    "  <line x1=`"$($Middle - 150)`" y1=`"$ground`" x2=`"$($Middle + 150)`" y2=`"$ground`" stroke=`"$ink`" />"
}

$trap, $cure = $report.Legacy, $report.Inference
$images = $trap.Inference.Count
$description = "Accuracy on the same $images images with the same weights. " +
    "The trap: $(Get-Percent $trap.Training.Accuracy) in training, $(Get-Percent $trap.Inference.Accuracy) in use. " +
    "The cure: $(Get-Percent $cure.Training.Accuracy) in training, $(Get-Percent $cure.Inference.Accuracy) in use."
$svg = @(
    "<svg xmlns=`"http://www.w3.org/2000/svg`" viewBox=`"0 0 $width $height`" width=`"$width`" height=`"$height`" role=`"img`""
    "    aria-label=`"$description`""
    "    font-family=`"system-ui, 'Segoe UI', Helvetica, Arial, sans-serif`">"
    "  <title>$description</title>"
    "  <rect width=`"100%`" height=`"100%`" rx=`"8`" fill=`"#ffffff`" />"
    Get-Text ($width / 2) 30 "Right answers. In each pair: the same $images images, the same weights" 16
    Get-Pair 190 'The trap: Set-FreezeMode Legacy' '“frozen” as in TensorFlow 1 and Keras 2.3' $trap
    "  <line x1=`"$($width / 2)`" y1=`"56`" x2=`"$($width / 2)`" y2=`"$($height - 26)`" stroke=`"$grid`" stroke-width=`"2`" />"
    Get-Pair 570 'The cure: Set-FreezeMode Inference' '“frozen” as in TensorFlow 2 and Keras 3' $cure
    '</svg>'
)
[IO.File]::WriteAllText("$Path/trap.svg", ($svg -join "`n") + "`n")
$description
