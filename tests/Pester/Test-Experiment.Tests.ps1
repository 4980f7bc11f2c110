BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    New-IdxFolder "$TestDrive/idx" -Label ((0, 5) * 8) -Side 8

    function New-Yaml([string] $Name, [string] $Text) {
        [System.IO.File]::WriteAllText("$TestDrive/$Name", $Text)
        "$TestDrive/$Name"
    }

    $valid = "data: { path: idx, class: [0, 5] }`nbackbone: { name: resnet20, inputShape: 8 }`nhead: { classCount: 2 }`n"
    $schema = [System.Text.Json.JsonDocument]::Parse([System.IO.File]::ReadAllText("$root/schema/experiment.schema.json")).RootElement

    # The part of the schema for a section, sections within sections by a dot.
    function Get-Section([string] $Path) {
        $part = $schema
        foreach ($name in $Path -split '\.') {
            $part = $part.GetProperty('properties').GetProperty($name)
            $choice = [System.Text.Json.JsonElement]::new()
            if ($part.TryGetProperty('anyOf', [ref] $choice)) { $part = @($choice.EnumerateArray() | Where-Object { $_.GetRawText() -like '*"properties"*' })[0] }
            $items = [System.Text.Json.JsonElement]::new()
            if ($part.TryGetProperty('items', [ref] $items)) { $part = $items }
        }
        $part
    }
}

Describe 'Test-Experiment' {
    Context 'its output' {
        It 'is one object on a valid file, which matches the folder the file is in' {
            $test = Test-Experiment (New-Yaml 'x.yml' "${valid}matrix: { freeze.mode: [Legacy, Inference], seed: [1, 2, 3] }")
            $test | Should -BeOfType ([PSTransfer.ExperimentTest])
            $test.Path | Should -Be ([System.IO.Path]::GetFullPath("$TestDrive/x.yml"))
            $test.Valid | Should -BeTrue
            $test.Runs | Should -Be 6
            $test.Errors | Should -HaveCount 0
        }

        It 'has all errors with their places' {
            $test = Test-Experiment (New-Yaml 'x.yml' "${valid}train:`n  learningRat: 0.1`n  epochs: 0`nfreeze: { mode: legcy }")
            $test.Valid | Should -BeFalse
            $test.Errors.Key | Should -Be 'train.learningRat', 'train.epochs', 'freeze.mode'
            $test.Errors.Line | Should -Be 5, 6, 7
            $test.Errors.Column | Should -Be 3, 11, 17
            $test.Errors[0].Message | Should -Be "no such key. Did you mean 'learningRate'?"
            "$($test.Errors[1])" | Should -BeLike '*x.yml(6,11): train.epochs: must be at least 1, not 0.'
        }

        It 'is true or false with -Quiet' {
            New-Yaml 'x.yml' $valid | Test-Experiment -Quiet | Should -BeTrue
            New-Yaml 'x.yml' "${valid}seed: x" | Test-Experiment -Quiet | Should -BeFalse
        }

        It 'says what only the data can tell: <Set>' -ForEach @(
            @{ Set = 'data.path=nowhere'; Key = 'data.path'; Message = '*nowhere: there is no such file or folder.' }
            @{ Set = 'head.classCount=3'; Key = 'head.classCount'; Message = '*fits a dataset of 3 classes*' }
            @{ Set = 'freeze.layer=[[]x'; Key = ''; Message = "*isn't YAML*" }
            @{ Set = 'freeze={mode: None, layer: "stem[0-9]"}'; Key = 'freeze.layer'; Message = '*matches freeze.layer*' }
        ) {
            $errors = (Test-Experiment (New-Yaml 'x.yml' $valid) -Set $Set).Errors
            $errors | Should -HaveCount 1
            $errors[0].Key | Should -Be $Key
            $errors[0].Message | Should -BeLike $Message
        }

        It 'takes a table of labels in the place of a folder, and names a column that is not there' {
            New-ImageFolder "$TestDrive/tabled"
            [System.IO.File]::WriteAllText("$TestDrive/labels.csv", "file,kind`ntabled/cat/0.bmp,cat`ntabled/dog/0.bmp,dog`n")
            $text = "data: { table: labels.csv, path: file, label: kind }`nbackbone: { name: resnet20, inputShape: 8 }`nhead: { classCount: 2 }`n"
            (Test-Experiment (New-Yaml 'x.yml' $text)).Errors | Should -HaveCount 0
            $errors = (Test-Experiment (New-Yaml 'x.yml' $text.Replace('kind', 'knid'))).Errors
            $errors | Should -HaveCount 1
            "$($errors[0])" | Should -BeLike "*x.yml(1,47): data.label:*there is no column 'knid'*Did you mean 'kind'*"
        }

        It 'takes PowerShell''s wildcards for layers' {
            (Test-Experiment (New-Yaml 'x.yml' $valid) -Set 'freeze={mode: None, layer: "[abl]*"}').Errors | Should -HaveCount 0
        }

        It 'is an error for a file that is not there' {
            (Get-Fault { Test-Experiment "$TestDrive/no.yml" }).FullyQualifiedErrorId | Should -Be 'NotFound,PSTransfer.Commands.TestExperiment'
        }
    }

    Context 'completion' {
        It 'completes <Line>' -ForEach @(
            @{ Line = 'Test-Experiment x.yml -Set train.ep'; Expected = 'train.epochs=' }
            @{ Line = 'Invoke-Experiment x.yml -Set seed=1, data.spl'; Expected = 'data.split= data.split.validation= data.split.seed=' }
            @{ Line = 'Invoke-Experiment x.yml -Set train.optimizer='; Expected = 'train.optimizer=SGD train.optimizer=Adam train.optimizer=AdamW' }
            @{ Line = 'Invoke-Experiment x.yml -Set freeze.framework=keras3'; Expected = 'freeze.framework=Keras3' }
            @{ Line = 'Invoke-Experiment x.yml -Set backbone.name=resnet1'; Expected = 'backbone.name=resnet18 backbone.name=resnet101 backbone.name=resnet152' }
            @{ Line = 'Invoke-Experiment x.yml -Set train.resume='; Expected = 'train.resume=true train.resume=false' }
            @{ Line = 'Invoke-Experiment x.yml -Set train.featureCache='; Expected = 'train.featureCache=Auto train.featureCache=Off' }
            @{ Line = 'Invoke-Experiment x.yml -Set train.augmentation=Li'; Expected = 'train.augmentation=Light' }
            @{ Line = 'Invoke-Experiment x.yml -Set data.ta'; Expected = 'data.table=' }
            @{ Line = 'Invoke-Experiment x.yml -Set matrix.freeze.m'; Expected = 'matrix.freeze.mode=' }
        ) {
            (TabExpansion2 $Line -cursorColumn $Line.Length).CompletionMatches.CompletionText -join ' ' | Should -Be $Expected
        }
    }

    Context 'its keys' {
        It 'are the parameters of <Cmdlet> in <Section>' -ForEach @(
            @{ Section = 'data'; Cmdlet = 'Import-ImageDataset'; Only = 'Split', 'Validation', 'Table', 'Label'; Not = 'LiteralPath', 'InputObject', 'LabelProperty', 'PathProperty' }
            @{ Section = 'data.validation'; Cmdlet = 'Import-ImageDataset'; Only = 'Table', 'Label'; Not = 'LiteralPath', 'InputObject', 'LabelProperty', 'PathProperty' }
            @{ Section = 'data.split'; Cmdlet = 'Split-ImageDataset'; Only = @(); Not = 'Dataset' }
            # Experiments don't take ONNX files yet, whose parameters these two are.
            @{ Section = 'backbone'; Cmdlet = 'New-Backbone'; Only = @(); Not = 'Preprocessing', 'Output' }
            @{ Section = 'head'; Cmdlet = 'Add-ClassifierHead'; Only = @(); Not = 'Model', 'Force' }
            @{ Section = 'freeze'; Cmdlet = 'Set-FreezeMode'; Only = @(); Not = 'Model' }
            @{ Section = 'train'; Cmdlet = 'Invoke-FineTune'; Only = 'Stages'; Not = 'Model', 'Dataset', 'ValidationDataset', 'Stage', 'WhatIf', 'Confirm' }
            @{ Section = 'evaluate'; Cmdlet = 'Measure-TransferModel'; Only = 'LearningPhase', 'Save'; Not = 'Model', 'Dataset' }
            @{ Section = 'evaluate.learningPhase'; Cmdlet = 'Test-LearningPhase'; Only = @(); Not = 'Model', 'Dataset', 'ValidationDataset', 'Quiet', 'Verdict' }
        ) {
            $part = Get-Section $Section
            [string[]] $keys = $part.GetProperty('properties').EnumerateObject() | ForEach-Object { $_.Name.Substring(0, 1).ToUpperInvariant() + $_.Name.Substring(1) } | Where-Object { $_ -notin $Only }
            $command = Get-Command $Cmdlet
            [string[]] $parameters = $command.Parameters.Values.Name | Where-Object { $_ -notin [System.Management.Automation.Cmdlet]::CommonParameters + $Not }
            [Array]::Sort($keys, [StringComparer]::Ordinal)
            [Array]::Sort($parameters, [StringComparer]::Ordinal)
            $keys | Should -Be $parameters

            # What is mandatory in every way to call the cmdlet is needed in the file.
            $required = [System.Text.Json.JsonElement]::new()
            [string[]] $needed = if ($part.TryGetProperty('required', [ref] $required)) { $required.EnumerateArray() | ForEach-Object { $_.GetString() } }
            foreach ($name in $parameters) {
                $mandatory = @($command.ParameterSets | Where-Object { -not ($_.Parameters | Where-Object { $_.Name -eq $name -and $_.IsMandatory }) } | Where-Object Name -NE 'LiteralPath').Count -eq 0
                ($name -in $needed) | Should -Be $mandatory -Because $name
            }

            # Both have the same defaults.
            $object = $command.ImplementingType::new()
            foreach ($property in $part.GetProperty('properties').EnumerateObject()) {
                $default = [System.Text.Json.JsonElement]::new()
                if ($property.Name -notin $Only -and $property.Value.TryGetProperty('default', [ref] $default)) {
                    $theirs = $object.($property.Name)
                    if ($theirs -is [double]) { $default.GetDouble() | Should -Be $theirs -Because $property.Name }
                    else { "$default" | Should -Be "$theirs" -Because $property.Name }
                }
            }
        }

        It 'of a stage are those of Invoke-FineTune -Stage' {
            $keys = (Get-Section 'train.stages').GetProperty('properties').EnumerateObject() | ForEach-Object { $_.Name }
            $fault = Get-Fault { New-SmallModel -ClassCount 2 -InputShape 8 | Invoke-FineTune -Dataset (Import-ImageDataset "$TestDrive/idx" -Class 0, 5) -Stage @{ Other = 1 } }
            $fault.Exception.Message | Should -BeLike "*It takes $($keys -join ', ')."
        }
    }
}
