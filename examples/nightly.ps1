<#
A model trained unattended from a folder of photographs (one subfolder per class), written only if it is sound. As it stands it runs on
the bundled shoes, in seconds, and writes to out/nightly:

    dotnet run --project src/PSTransfer.Host -c Release -- examples/nightly.ps1

On photographs:

    pwsh -NonInteractive -File examples/nightly.ps1 -DataPath /data/photos -ModelPath /data/model.safetensors `
        -Backbone resnet50 -Weights imagenet -InputShape 224 -Epochs 10

Exit code: 0, a good model was written; 1, the run came to its end, or -Strict stopped it, but the model isn't sound or not accurate enough,
and the one from before was left; 2, it couldn't run. Errors go to stderr, everything else to stdout. Beside the model lie the report
(.html), the log with a line of JSON per epoch, and, while the run isn't over, its checkpoint: a run that was killed goes on from there when
the script is started again. Where photographs were added or removed meanwhile, or a parameter changed, or the checkpoint is damaged, it says
so in a warning and begins anew.

    # cron: at 2 in the night, never two at once, a mail where it failed
    0 2 * * *  flock -n /tmp/nightly.lock pwsh -NonInteractive -File /opt/pstransfer/examples/nightly.ps1 -DataPath /data/photos -ModelPath /data/model.safetensors >> /var/log/nightly.log

    # Windows' Task Scheduler, once, in an elevated prompt
    schtasks /Create /TN "PSTransfer nightly" /SC DAILY /ST 02:00 /TR "pwsh -NonInteractive -File C:\pstransfer\examples\nightly.ps1 -DataPath D:\photos -ModelPath D:\model.safetensors"
#>
param(
    [string] $DataPath = "$PSScriptRoot/../assets/fashion-shoes/t10k-images-idx3-ubyte.gz",
    [string] $ModelPath = (Join-Path $PWD out/nightly/model.safetensors),
    [string] $LogPath = [IO.Path]::ChangeExtension($ModelPath, '.jsonl'),
    [string] $ReportPath = [IO.Path]::ChangeExtension($ModelPath, '.html'),
    [string] $Backbone = 'resnet20',
    [string] $Weights = 'fashion',
    [int[]] $InputShape = 28,
    [string] $FreezeMode = 'Inference',
    [int] $Epochs = 8,
    [double] $LearningRate = 0.01,
    [double] $MinimumAccuracy = 0.8,
    [int] $Seed = 42
)
$ErrorActionPreference = 'Stop'

try {
    Import-Module ((Convert-Path -LiteralPath "$PSScriptRoot/../PSTransfer.psd1" -ErrorAction Ignore) ?? 'PSTransfer')
    $checkpoint = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath([IO.Path]::ChangeExtension($ModelPath, '.checkpoint'))
    if (-not $PSBoundParameters.ContainsKey('ModelPath')) { $null = New-Item (Split-Path $ModelPath) -ItemType Directory -Force }

    $images = Import-ImageDataset $DataPath -SkipInvalid
    $data = $images | Split-ImageDataset 0.25 -Seed $Seed
    "$(Get-Date -AsUTC -Format s)Z $($images.Name): $($data.Training.Count) images to train on, $($data.Validation.Count) to validate"

    $run = {
        New-Backbone $Backbone -InputShape $InputShape -Weights $Weights |
            Add-ClassifierHead $images.Classes.Count -Seed $Seed |
            Set-FreezeMode $FreezeMode |
            Invoke-FineTune -Dataset $data.Training -ValidationDataset $data.Validation -Epochs $Epochs -Optimizer Adam -LearningRate $LearningRate -RestoreBest `
                -Seed $Seed -CheckpointPath $checkpoint -Resume -LogPath $LogPath -Strict
    }
    try {
        $result = & $run
    }
    catch {
        # Only where it is the checkpoint that can't be used: the photographs or a setting aren't those of the run that was cut off.
        if ($_.FullyQualifiedErrorId -notlike 'InvalidData,*.InvokeFineTune' -or $_.TargetObject -ne $checkpoint) { throw }
        Write-Warning "$($_.Exception.Message) Starting anew."
        Remove-Item -LiteralPath $checkpoint
        $result = & $run
    }

    $phases = $result | Test-LearningPhase
    $null = $result | Export-TrainingReport -Path $ReportPath -Force
    Remove-Item -LiteralPath $checkpoint
    "$(Get-Date -AsUTC -Format s)Z best epoch $($result.BestEpoch) of $($result.Epochs), accuracy on unseen images $([Math]::Round($phases.Validation.Accuracy, 3)), learning phases $($phases.Verdict)"
    $faults = @(
        if (-not $phases.PhasesAgree) { $phases.Explanation }
        if ($phases.Validation.Accuracy -lt $MinimumAccuracy) { "The accuracy on unseen images is below $MinimumAccuracy." }
    )
    if (-not $faults) { $null = Export-TransferModel -Model $result.Model -Path $ModelPath -Force }
}
catch {
    Write-Error $_.Exception.Message -ErrorAction Continue
    exit ($_.FullyQualifiedErrorId -like 'Unsound,*' ? 1 : 2)
}

if ($faults) {
    Write-Error "No model was written. $faults See $ReportPath." -ErrorAction Continue
    exit 1
}

"Written: $ModelPath"
exit 0
