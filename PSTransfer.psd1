@{
    RootModule           = 'bin/PSTransfer.Cmdlets.dll'
    # The version of Directory.Build.props; the build refuses another.
    ModuleVersion        = '0.1.0'
    GUID                 = '42d18d99-b70d-4904-baf3-9720ae170e70'
    Author               = 'PSTransfer contributors'
    CompanyName          = 'PSTransfer'
    Copyright            = '(c) PSTransfer contributors. MIT licence.'
    Description          = 'Transfer learning with frozen backbones whose BatchNorm behaves as you say: fine-tune, diagnose and compare freeze modes of convolutional networks on libtorch.'
    PowerShellVersion    = '7.6'
    CompatiblePSEditions = @('Core')
    FormatsToProcess     = @('PSTransfer.Format.ps1xml')
    FunctionsToExport    = @()
    AliasesToExport      = @()
    VariablesToExport    = @()
    CmdletsToExport      = @(
        'Import-ImageDataset'
        'Split-ImageDataset'
        'Export-ImageManifest'
        'Get-Backbone'
        'New-Backbone'
        'Save-BackboneWeight'
        'Add-ClassifierHead'
        'Set-FreezeMode'
        'Get-ModelLayer'
        'Copy-TransferModel'
        'Export-TransferModel'
        'Import-TransferModel'
        'Find-LearningRate'
        'Show-Augmentation'
        'Invoke-FineTune'
        'New-Experiment'
        'Test-Experiment'
        'Invoke-Experiment'
        'Test-Deployment'
        'Test-LearningPhase'
        'Measure-TransferModel'
        'Compare-FreezeMode'
        'Measure-BatchNormDrift'
        'Repair-BatchNorm'
        'Export-TrainingReport'
        'Invoke-Prediction'
        'Get-ImageFeature'
        'Get-ComputeDevice'
        'Install-LibTorch'
        'Uninstall-LibTorch'
    )
    PrivateData          = @{
        PSData = @{
            Tags       = @('transfer-learning', 'fine-tuning', 'BatchNorm', 'deep-learning', 'TorchSharp', 'libtorch', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
            LicenseUri = 'https://opensource.org/license/mit'
            # build.ps1 -Task Package adds ReleaseNotes here, and a label as Prerelease where one is given.
        }
    }
}
