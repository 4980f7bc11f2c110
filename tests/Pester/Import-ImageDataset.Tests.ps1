BeforeAll {
    Import-Module "$PSScriptRoot/../../PSTransfer.psd1"
    . "$PSScriptRoot/TestData.ps1"
}

Describe 'Import-ImageDataset' {
    Context 'CIFAR-10, binary version' {
        BeforeAll {
            # Cats (3) and dogs (5) among others, three of each; the first two of each are records 0 to 3.
            $file = "$TestDrive/cifar.bin"
            New-CifarFile $file -Label 3, 5, 3, 5, 1, 5, 0, 3
        }

        It 'takes all images of a file, with the classes by name' {
            $data = Import-ImageDataset $file
            $data | Should -BeOfType 'PSTransfer.ImageDataset'
            $data.Count | Should -Be 8
            $data.Classes -join ' ' | Should -BeExactly 'airplane automobile bird cat deer dog frog horse ship truck'
            $data.ClassCounts -join ' ' | Should -Be '1 1 0 3 0 3 0 0 0 0'
            $data.ImageShape -join ' ' | Should -Be '32 32 3'
            $data.Name | Should -BeExactly 'cifar.bin'
            $data.Source | Should -BeExactly ([System.IO.Path]::GetFullPath($file))
        }

        It 'takes classes <Class>, labelled in that order' -ForEach @(
            @{ Class = 'cat', 'dog'; Names = 'cat dog' }
            @{ Class = 'DOG', 'Cat'; Names = 'dog cat' }
            @{ Class = 3, 5; Names = 'cat dog' }
            @{ Class = 'dog', '3'; Names = 'dog cat' }
        ) {
            $data = Import-ImageDataset $file -Class $Class
            $data.Count | Should -Be 6
            $data.Classes -join ' ' | Should -BeExactly $Names
            $data.ClassCounts -join ' ' | Should -Be '3 3'
        }

        It 'takes the first n of each class with -First, as many as asked for' {
            New-CifarFile "$TestDrive/first.bin" -Label 3, 5, 3, 5
            $model = New-SmallModel 2 -InputShape 32
            $first = Import-ImageDataset $file -Class cat, dog -SamplesPerClass 2 -First
            $same = Import-ImageDataset "$TestDrive/first.bin" -Class cat, dog
            $first.ClassCounts -join ' ' | Should -Be '2 2'
            (Measure-TransferModel -Model $model -Dataset $first).Loss | Should -Be (Measure-TransferModel -Model $model -Dataset $same).Loss
        }

        It 'draws by -Seed without -First: the same seed, the same images' {
            New-CifarFile "$TestDrive/many.bin" -Label (@(3) * 40 + @(5) * 40)
            $model = New-SmallModel 2 -InputShape 32
            $loss = foreach ($seed in 7, 7, 8) {
                $drawn = Import-ImageDataset "$TestDrive/many.bin" -Class cat, dog -SamplesPerClass 4 -Seed $seed
                (Measure-TransferModel -Model $model -Dataset $drawn).Loss
            }
            $loss[1] | Should -Be $loss[0]
            $loss[2] | Should -Not -Be $loss[0]
        }

        It 'reads the training files of a folder, and warns when some are missing' {
            $folder = "$TestDrive/cifar-10-batches-bin"
            $null = [System.IO.Directory]::CreateDirectory($folder)
            New-CifarFile "$folder/data_batch_1.bin" -Label 3, 5
            New-CifarFile "$folder/data_batch_2.bin" -Label 3, 5, 5
            New-CifarFile "$folder/test_batch.bin" -Label 3
            $data = Import-ImageDataset $folder -Class cat, dog -WarningVariable warnings -WarningAction SilentlyContinue
            $data.ClassCounts -join ' ' | Should -Be '2 3'
            $warnings | Should -HaveCount 1
            "$warnings" | Should -BeLike '*CIFAR-10 has 5 training files, 2 of them are here*'
        }

        It 'reads the archive as published' {
            $null = [System.Reflection.Assembly]::Load('System.Formats.Tar')
            $folder = "$TestDrive/archive/cifar-10-batches-bin"
            $null = [System.IO.Directory]::CreateDirectory($folder)
            foreach ($i in 1..5) { New-CifarFile "$folder/data_batch_$i.bin" -Label 3, 5 -Seed $i }
            $stream = [System.IO.Compression.GZipStream]::new([System.IO.File]::Create("$TestDrive/cifar-10-binary.tar.gz"), [System.IO.Compression.CompressionMode]::Compress)
            [System.Formats.Tar.TarFile]::CreateFromDirectory("$TestDrive/archive", $stream, $false)
            $stream.Dispose()
            $data = Import-ImageDataset "$TestDrive/cifar-10-binary.tar.gz" -Class cat, dog -WarningVariable warnings
            $data.ClassCounts -join ' ' | Should -Be '5 5'
            $warnings | Should -BeNullOrEmpty
        }

        It 'reads CIFAR-100 with -Format' {
            New-CifarFile "$TestDrive/hundred.bin" -Label 99, 7, 99 -Format 100
            $data = Import-ImageDataset "$TestDrive/hundred.bin" -Format Cifar100 -Class 7, 99
            $data.ClassCounts -join ' ' | Should -Be '1 2'
        }

        It 'brings images to -ImageSize <Size>' -ForEach @(
            @{ Size = @(16); Shape = '16 16 3' }
            @{ Size = @(20, 24); Shape = '20 24 3' }
        ) {
            (Import-ImageDataset $file -ImageSize $Size).ImageShape -join ' ' | Should -Be $Shape
        }
    }

    Context 'IDX' {
        It 'reads a folder <Kind>' -ForEach @(@{ Kind = 'plain'; Gzip = $false }, @{ Kind = 'compressed'; Gzip = $true }) {
            New-IdxFolder "$TestDrive/idx-$Kind" -Label 0, 1, 0, 1, 9 -Gzip:$Gzip
            $data = Import-ImageDataset "$TestDrive/idx-$Kind" -WarningVariable warnings -WarningAction SilentlyContinue
            $data.Count | Should -Be 5
            $data.Classes -join ' ' | Should -Be '0 1 9'
            $data.ImageShape -join ' ' | Should -Be '28 28 3'
            "$warnings" | Should -BeLike '*the labels 0, 1, 9 occur*classes.txt*'
        }

        It 'fits a head of two where two labels occur' {
            New-IdxFolder "$TestDrive/idx-two" -Label 0, 1, 1, 0 -Side 8
            $data = Import-ImageDataset "$TestDrive/idx-two" -WarningAction SilentlyContinue
            (Measure-TransferModel -Model (New-SmallModel 2 -InputShape 8) -Dataset $data).Count | Should -Be 4
        }

        It 'reads the file of images, with its labels beside it' {
            New-IdxFolder "$TestDrive/idx-file" -Label 4, 2
            (Import-ImageDataset "$TestDrive/idx-file/train-images-idx3-ubyte" -Class 2, 4).ClassCounts -join ' ' | Should -Be '1 1'
        }

        It 'knows the names of Fashion-MNIST' {
            New-IdxFolder "$TestDrive/fashion-mnist" -Label 7, 9, 7
            (Import-ImageDataset "$TestDrive/fashion-mnist" -Class sneaker, 'ankle boot').ClassCounts -join ' ' | Should -Be '2 1'
        }

        It 'takes class names from classes.txt' {
            New-IdxFolder "$TestDrive/named" -Label 0, 1, 1
            [System.IO.File]::WriteAllText("$TestDrive/named/classes.txt", "sandal`nboot`n")
            (Import-ImageDataset "$TestDrive/named").Classes -join ' ' | Should -Be 'sandal boot'
        }

        It 'keeps one channel with -Channels 1' {
            New-IdxFolder "$TestDrive/grey" -Label 0, 1
            (Import-ImageDataset "$TestDrive/grey" -Channels 1).ImageShape -join ' ' | Should -Be '28 28 1'
        }
    }

    Context 'A folder with one subfolder per class' {
        BeforeAll {
            $folder = "$TestDrive/pets"
            New-ImageFolder $folder -Class dog, cat -Count 3
        }

        It 'names classes by subfolders, sorted, and leaves the size to the model' {
            $data = Import-ImageDataset $folder
            $data.Classes -join ' ' | Should -BeExactly 'cat dog'
            $data.ClassCounts -join ' ' | Should -Be '3 3'
            $data.ImageShape | Should -BeNullOrEmpty
            $data.Name | Should -BeExactly 'pets'
        }

        It 'takes -ImageSize and -Resize <_>' -ForEach 'Crop', 'Stretch', 'Pad' {
            (Import-ImageDataset $folder -ImageSize 8 -Resize $_).ImageShape -join ' ' | Should -Be '8 8 3'
        }

        It 'reads all the formats of images there are' {
            $images = "$PSScriptRoot/../Fixtures/images/decode"
            $null = [System.IO.Directory]::CreateDirectory("$TestDrive/formats/one")
            $null = [System.IO.Directory]::CreateDirectory("$TestDrive/formats/two")
            foreach ($name in 'color.jpg', 'grey.jpg', 'orientation-6.jpg', 'color.png', 'alpha.png', 'color.bmp', 'lossy.webp') {
                foreach ($class in 'one', 'two') { [System.IO.File]::Copy("$images/$name", "$TestDrive/formats/$class/$name") }
            }
            $data = Import-ImageDataset "$TestDrive/formats" -SkipInvalid -WarningVariable warnings
            $data.ClassCounts -join ' ' | Should -Be '7 7'
            $warnings | Should -BeNullOrEmpty
            (Measure-TransferModel -Model (New-SmallModel 2) -Dataset $data).Count | Should -Be 14
        }

        It 'says that images that can''t be read were left out' {
            New-ImageFolder "$TestDrive/phone"
            [System.IO.File]::WriteAllText("$TestDrive/phone/cat/live.heic", "`0`0`0`u{18}ftypheic`0`0`0`0mif1heic")
            $null = Import-ImageDataset "$TestDrive/phone" -WarningVariable warnings -WarningAction SilentlyContinue
            "$warnings" | Should -BeLike '*1 picture was left out*HEIC (1)*live.heic*'
        }

        It 'passes thumbnails over and says so; what is no picture is told without a warning' {
            New-ImageFolder "$TestDrive/station"
            New-ImageFolder "$TestDrive/station" -Class 'cat/@eaDir', '__MACOSX', 'dog/.@__thumb'
            [System.IO.File]::WriteAllText("$TestDrive/station/cat/notes.txt", 'notes')
            $data = Import-ImageDataset "$TestDrive/station" -WarningVariable warnings -WarningAction SilentlyContinue -InformationVariable notes
            $data.ClassCounts -join ' ' | Should -Be '4 4'
            $warnings | Should -HaveCount 1
            "$warnings" | Should -BeLike "*4 pictures in 1 folder '.@__thumb', 4 pictures in 1 folder '@eaDir', 4 pictures in 1 folder '__MACOSX'*"
            "$notes" | Should -BeLike '*1 file is no picture*notes.txt*'
        }

        It 'finds every broken image with -Validate, the paths in the error''s target' {
            New-ImageFolder "$TestDrive/check"
            foreach ($name in 'cat/8.png', 'cat/9.jpg', 'dog/9.jpg') { [System.IO.File]::WriteAllText("$TestDrive/check/$name", 'no image') }
            $fault = Get-Fault { Import-ImageDataset "$TestDrive/check" -Validate }
            $fault.FullyQualifiedErrorId | Should -Be 'InvalidData,PSTransfer.Commands.ImportImageDataset'
            $fault.Exception.Message | Should -BeLike "*3 files can't be read*8.png*9.jpg*-SkipInvalid*"
            $fault.TargetObject | ForEach-Object { [System.IO.Path]::GetFileName($_) } | Should -Be '8.png', '9.jpg', '9.jpg'
            (Import-ImageDataset "$TestDrive/pets" -Validate).Count | Should -Be 6
        }

        It 'takes a number for a name where classes are named by numbers' {
            New-ImageFolder "$TestDrive/twelve" -Class '1', '2', '10' -Count 1
            (Import-ImageDataset "$TestDrive/twelve" -Class 2, 10).Classes -join ' ' | Should -Be '2 10'
            foreach ($wrong in '0', '02') {
                (Get-Fault { Import-ImageDataset "$TestDrive/twelve" -Class $wrong }).Exception.Message | Should -BeLike "*unknown class '$wrong'*The classes are 1, 10, 2, by name only*"
            }
        }

        It 'refuses the folder above a split, with the commands to give' {
            New-ImageFolder "$TestDrive/above/train"
            New-ImageFolder "$TestDrive/above/val"
            $message = (Get-Fault { Import-ImageDataset "$TestDrive/above" }).Exception.Message
            $message | Should -BeLike "*parts of a split (train, val)*"
            $commands = [regex]::Matches($message, "Import-ImageDataset (-LiteralPath )?'[^']+'").Value
            $commands | ForEach-Object { (& ([scriptblock]::Create($_))).Name } | Should -Be 'train', 'val'
        }

        It 'meets a broken image with an error that names the file' {
            New-ImageFolder "$TestDrive/broken"
            [System.IO.File]::WriteAllText("$TestDrive/broken/dog/7.jpg", 'no image')
            $fault = Get-Fault { Measure-TransferModel -Model (New-SmallModel 2) -Dataset (Import-ImageDataset "$TestDrive/broken") }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidData,*'
            $fault.Exception.Message | Should -BeLike '*dog*7.jpg: expected a*-SkipInvalid*'
        }

        It 'names an image that is cut short' {
            New-ImageFolder "$TestDrive/cut"
            $whole = [System.IO.File]::ReadAllBytes("$PSScriptRoot/../Fixtures/images/decode/color.jpg")
            [System.IO.File]::WriteAllBytes("$TestDrive/cut/cat/cut.jpg", $whole[0..($whole.Length - 60)])
            $fault = Get-Fault { Measure-TransferModel -Model (New-SmallModel 2) -Dataset (Import-ImageDataset "$TestDrive/cut") }
            $fault.CategoryInfo.Category | Should -Be 'InvalidData'
            $fault.Exception.Message | Should -BeLike '*cut.jpg: the file is cut short*'
        }

        It 'leaves broken images out with -SkipInvalid, and says which' {
            New-ImageFolder "$TestDrive/skip" -Count 2
            [System.IO.File]::WriteAllText("$TestDrive/skip/cat/9.png", '')
            $data = Import-ImageDataset "$TestDrive/skip" -SkipInvalid -WarningVariable warnings -WarningAction SilentlyContinue
            $data.ClassCounts -join ' ' | Should -Be '2 2'
            $warnings | Should -HaveCount 1
            "$warnings" | Should -BeLike '*1 broken*skipped, 4 were taken*9.png: the file is empty*'
        }
    }

    Context 'Paths' {
        BeforeAll {
            $parent = "$TestDrive/paths"
            foreach ($name in 'set[1]', 'set[2]', 'Köpek çocuk 猫') { New-ImageFolder "$parent/$name" -Count 1 }
        }

        It 'expands wildcards of -Path, one data set each' {
            (Import-ImageDataset "$parent/s*").Name -join ' ' | Should -Be 'set[1] set[2]'
        }

        It 'takes -LiteralPath as it is' {
            (Import-ImageDataset -LiteralPath "$parent/set[1]").Name | Should -BeExactly 'set[1]'
        }

        It 'reads names that are not ASCII' {
            (Import-ImageDataset "$parent/Köpek çocuk 猫").Name | Should -BeExactly 'Köpek çocuk 猫'
        }

        It 'takes paths from the pipeline' {
            ("$parent/Köpek*" | Import-ImageDataset).Count | Should -Be 2
        }

        It 'takes what Get-ChildItem gives, brackets and all' {
            $names = (Get-ChildItem -LiteralPath $parent | Import-ImageDataset).Name
            $names | Should -HaveCount 3
            $names | Should -Contain 'set[2]'
        }

        It 'takes an object by its <_>' -ForEach 'PSPath', 'FullName', 'LiteralPath' {
            ([pscustomobject] @{ $_ = "$parent/set[1]" } | Import-ImageDataset).Name | Should -BeExactly 'set[1]'
        }

        It 'starts relative paths at the current location' {
            $location = $ExecutionContext.SessionState.Path
            $location.PushCurrentLocation('spec')
            try {
                $null = $location.SetLocation([WildcardPattern]::Escape([System.IO.Path]::GetFullPath($parent)))
                (Import-ImageDataset -LiteralPath './set[1]').Source | Should -BeExactly ([System.IO.Path]::GetFullPath("$parent/set[1]"))
            }
            finally { $null = $location.PopLocation('spec') }
        }
    }

    Context 'Bad input' {
        BeforeAll {
            $cifar = "$TestDrive/bad.bin"
            New-CifarFile $cifar -Label 3, 5, 1
            $whole = [System.IO.File]::ReadAllBytes($cifar)
            New-ImageFolder "$TestDrive/good"
            New-IdxFolder "$TestDrive/badidx" -Label 0, 1, 0
            $pixels = [System.IO.File]::ReadAllBytes("$TestDrive/badidx/train-images-idx3-ubyte")
        }

        It 'names the nearest class: <Wrong>' -ForEach @(@{ Wrong = 'cta'; Right = 'cat' }, @{ Wrong = 'dogs'; Right = 'dog' }) {
            $fault = Get-Fault { Import-ImageDataset $cifar -Class $Wrong }
            $fault.FullyQualifiedErrorId | Should -Be 'NotFound,PSTransfer.Commands.ImportImageDataset'
            $fault.CategoryInfo.Category | Should -Be 'ObjectNotFound'
            $fault.TargetObject | Should -Be $Wrong
            $fault.Exception.Message | Should -BeLike "*bad.bin: unknown class '$Wrong'. Did you mean '$Right'*airplane*truck*"
        }

        It 'refuses a label number that is not there' {
            (Get-Fault { Import-ImageDataset $cifar -Class 17 }).Exception.Message | Should -BeLike "*unknown class '17'*by number 0 to 9*"
        }

        It 'refuses a class named twice' {
            $fault = Get-Fault { Import-ImageDataset $cifar -Class cat, 3 }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            $fault.Exception.Message | Should -BeLike "*'cat'*twice*"
        }

        It 'refuses a class without images' {
            (Get-Fault { Import-ImageDataset $cifar -Class ship }).Exception.Message | Should -BeLike "*bad.bin: there is no image of class 'ship'*"
        }

        It 'refuses a path that is not there: <_>' -ForEach '-Path', '-LiteralPath' {
            $path = "$TestDrive/nowhere"
            $fault = Get-Fault { if ($_ -eq '-Path') { Import-ImageDataset -Path $path } else { Import-ImageDataset -LiteralPath $path } }
            $fault.FullyQualifiedErrorId | Should -Be 'NotFound,PSTransfer.Commands.ImportImageDataset'
            $fault.CategoryInfo.Category | Should -Be 'ObjectNotFound'
            $fault.Exception.Message | Should -BeLike '*nowhere*'
        }

        It 'refuses wildcards that match nothing' {
            $fault = Get-Fault { Import-ImageDataset "$TestDrive/nowhere*" }
            $fault.FullyQualifiedErrorId | Should -BeLike 'NotFound,*'
            $fault.Exception.Message | Should -BeLike '*nowhere`*''*matches nothing*-LiteralPath*'
        }

        It 'refuses a path outside the file system' {
            $fault = Get-Fault { Import-ImageDataset env:PATH }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            $fault.Exception.Message | Should -BeLike "*'env:PATH'*not in the file system*"
        }

        It 'refuses an empty folder' {
            $null = [System.IO.Directory]::CreateDirectory("$TestDrive/empty")
            $fault = Get-Fault { Import-ImageDataset "$TestDrive/empty" }
            $fault.FullyQualifiedErrorId | Should -BeLike 'NotFound,*'
            $fault.Exception.Message | Should -BeLike '*empty: expected one subfolder per class*found no subfolder and 0 images*'
        }

        It 'refuses a class folder without images' {
            $null = [System.IO.Directory]::CreateDirectory("$TestDrive/half/cat")
            New-ImageFolder "$TestDrive/half" -Class dog
            (Get-Fault { Import-ImageDataset "$TestDrive/half" }).Exception.Message | Should -BeLike "*class 'cat' has no image*found none*"
        }

        It 'refuses a single image' {
            (Get-Fault { Import-ImageDataset "$TestDrive/good/cat/0.bmp" }).Exception.Message | Should -BeLike '*0.bmp: it is a single image*folder*'
        }

        It 'refuses a CIFAR file <What>' -ForEach @(
            @{ What = 'cut short'; Length = 5000; Found = 'found 5000 bytes' }
            @{ What = 'with bytes added'; Length = 9223; Found = 'found 9223 bytes' }
            @{ What = 'without content'; Length = 0; Found = 'found 0 bytes' }
        ) {
            $bytes = [byte[]]::new($Length)
            [Array]::Copy($whole, $bytes, [Math]::Min($Length, $whole.Length))
            [System.IO.File]::WriteAllBytes("$TestDrive/damaged.bin", $bytes)
            $fault = Get-Fault { Import-ImageDataset "$TestDrive/damaged.bin" }
            $fault.FullyQualifiedErrorId | Should -Be 'InvalidData,PSTransfer.Commands.ImportImageDataset'
            $fault.CategoryInfo.Category | Should -Be 'InvalidData'
            $fault.Exception.Message | Should -BeLike "*damaged.bin: expected a multiple of 3073 bytes*$Found*"
        }

        It 'refuses a CIFAR label that is out of range, with its place' {
            $bytes = $whole.Clone()
            $bytes[3073] = 77
            [System.IO.File]::WriteAllBytes("$TestDrive/label.bin", $bytes)
            (Get-Fault { Import-ImageDataset "$TestDrive/label.bin" }).Exception.Message |
                Should -BeLike '*label.bin: image 1: expected a label from 0 to 9, found 77*'
        }

        It 'refuses an IDX file <What>' -ForEach @(
            @{ What = 'cut short'; Length = 2000 }
            @{ What = 'with bytes added'; Length = 2369 }
        ) {
            $bytes = [byte[]]::new($Length)
            [Array]::Copy($pixels, $bytes, [Math]::Min($Length, $pixels.Length))
            [System.IO.File]::WriteAllBytes("$TestDrive/badidx/train-images-idx3-ubyte", $bytes)
            $fault = Get-Fault { Import-ImageDataset "$TestDrive/badidx" }
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidData,*'
            $fault.Exception.Message | Should -BeLike "*train-images-idx3-ubyte: the header declares 3×28×28, 2368 bytes*found $Length bytes*get it again*"
        }

        It 'refuses IDX labels of another number than the images' {
            New-IdxFolder "$TestDrive/mixed" -Label 0, 1, 0
            New-IdxFolder "$TestDrive/mixed2" -Label 0, 1
            [System.IO.File]::Copy("$TestDrive/mixed2/train-labels-idx1-ubyte", "$TestDrive/mixed/train-labels-idx1-ubyte", $true)
            (Get-Fault { Import-ImageDataset "$TestDrive/mixed" }).Exception.Message | Should -BeLike '*declares 3 images*has 2 labels*'
        }

        It 'refuses a file of another format than -Format' {
            (Get-Fault { Import-ImageDataset $cifar -Format Cifar100 }).Exception.Message | Should -BeLike '*bad.bin: expected a multiple of 3074 bytes*'
            (Get-Fault { Import-ImageDataset $cifar -Format ImageFolder }).Exception.Message | Should -BeLike '*expected a folder*found a file*'
            (Get-Fault { Import-ImageDataset "$TestDrive/good" -Format Idx }).Exception.Message | Should -BeLike '*expected train-images-idx3-ubyte*'
        }

        It 'refuses a file of no known format' {
            [System.IO.File]::WriteAllText("$TestDrive/notes.txt", 'notes')
            (Get-Fault { Import-ImageDataset "$TestDrive/notes.txt" }).Exception.Message | Should -BeLike '*notes.txt: expected*found a file of 5 bytes*'
        }

        It 'names the parameter and its range: <Parameter>' -ForEach @(
            @{ Parameter = 'SamplesPerClass'; Arguments = @{ SamplesPerClass = 0 }; Message = '-SamplesPerClass must be at least 1, not 0.' }
            @{ Parameter = 'SamplesPerClass'; Arguments = @{ SamplesPerClass = 2; Class = 'cat' }; Message = "*class 'cat' has 1 image, fewer than -SamplesPerClass 2." }
            @{ Parameter = 'First'; Arguments = @{ First = $true }; Message = '-First*-SamplesPerClass*' }
            @{ Parameter = 'ImageSize'; Arguments = @{ ImageSize = 0 }; Message = '-ImageSize*1 to 8192, not 0.' }
            @{ Parameter = 'ImageSize'; Arguments = @{ ImageSize = 1, 2, 3 }; Message = '-ImageSize*height and width*not 1, 2, 3.' }
            @{ Parameter = 'Class'; Arguments = @{ Class = @() }; Message = '-Class names no class*' }
        ) {
            $fault = Get-Fault { Import-ImageDataset $cifar @Arguments }
            $fault.FullyQualifiedErrorId | Should -Be 'InvalidArgument,PSTransfer.Commands.ImportImageDataset'
            $fault.TargetObject | Should -Be $Parameter
            $fault.Exception.Message | Should -BeLike $Message
        }

        It 'allows 1 and 3 for -Channels' {
            (Get-Fault { Import-ImageDataset $cifar -Channels 2 }).FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentValidationError,*'
        }
    }

    Context 'Labels from tables and objects' {
        BeforeAll {
            $pictures = "$TestDrive/labels/train"
            $null = [System.IO.Directory]::CreateDirectory($pictures)
            $rows = foreach ($i in 0..3) {
                foreach ($kind in 'cat', 'dog') {
                    New-ImageFile "$pictures/$kind.$i.bmp" -Label ($kind -eq 'dog' ? 5 : 0) -Seed $i
                    [pscustomobject] @{ file = "train/$kind.$i.bmp"; kind = $kind }
                }
            }
            $lines = foreach ($row in $rows) { "$($row.file),$($row.kind)" }
            $table = "$TestDrive/labels/labels.csv"
            [System.IO.File]::WriteAllText($table, "file,kind`n$($lines -join "`n")`n")
            $base = "$TestDrive/labels"
        }

        It 'reads a table with paths from its own folder' {
            $data = Import-ImageDataset $table -PathProperty file -LabelProperty kind
            $data.Name | Should -BeExactly 'labels.csv'
            $data.Classes -join ' ' | Should -BeExactly 'cat dog'
            $data.ClassCounts -join ' ' | Should -Be '4 4'
            $data.ImageShape | Should -BeNullOrEmpty
            (Import-ImageDataset $table).Count | Should -Be 8
            (Get-ChildItem $base -Filter *.csv | Import-ImageDataset).Count | Should -Be 8
        }

        It 'takes the rows of Import-Csv, with paths from -BasePath' {
            $data = Import-Csv $table | Import-ImageDataset -LabelProperty kind -PathProperty file -BasePath $base
            $data | Should -HaveCount 1
            $data.ClassCounts -join ' ' | Should -Be '4 4'
            $data.Name | Should -BeExactly 'train'
            (Import-ImageDataset -InputObject $rows -BasePath $base).Count | Should -Be 8
        }

        It 'starts relative paths at the current location' {
            $location = $ExecutionContext.SessionState.Path
            $location.PushCurrentLocation('spec')
            try {
                $null = $location.SetLocation($base)
                ($rows | Import-ImageDataset).Count | Should -Be 8
                ($rows | Import-ImageDataset -BasePath ./train -PathProperty { $_.file.Substring(6) }).Count | Should -Be 8
            }
            finally { $null = $location.PopLocation('spec') }
        }

        It 'takes files with a label made from their name: <What>' -ForEach @(
            @{ What = 'Select-Object'; Script = { Get-ChildItem $pictures | Select-Object FullName, @{ n = 'Label'; e = { $_.Name.Split('.')[0] } } | Import-ImageDataset } }
            @{ What = 'a script block'; Script = { Get-ChildItem $pictures | Import-ImageDataset -LabelProperty { $_.Name.Split('.')[0] } } }
            @{ What = 'a note property'; Script = { Get-ChildItem $pictures | ForEach-Object { $_.PSObject.Properties.Add([psnoteproperty]::new('Kind', $_.Name.Split('.')[0])); $_ } | Import-ImageDataset } }
        ) {
            $data = & $Script
            $data.Classes -join ' ' | Should -BeExactly 'cat dog'
            $data.ClassCounts -join ' ' | Should -Be '4 4'
            $data.Source | Should -BeExactly ([System.IO.Path]::GetFullPath($pictures))
        }

        It 'takes hashtables, ordered dictionaries and deserialised objects' {
            $file = "$pictures/cat.0.bmp"
            $serialised = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize([pscustomobject] @{ image_path = $file; Category = 'c' }))
            (@{ Path = $file; Label = 'a' } | Import-ImageDataset).Classes | Should -BeExactly 'a'
            ([ordered] @{ label = 'b'; FILE = $file } | Import-ImageDataset).Classes | Should -BeExactly 'b'
            ($serialised | Import-ImageDataset).Classes | Should -BeExactly 'c'
        }

        It 'keeps numbers as text, whatever the culture' {
            $labels = '07', 7, 1.5
            $data = 0..2 | ForEach-Object { @{ Path = "$pictures/cat.$_.bmp"; Label = $labels[$_] } } | Import-ImageDataset
            $data.Classes -join ' ' | Should -BeExactly '07 1.5 7'
        }

        It 'takes what Invoke-Prediction gives' {
            $predictions = Get-ChildItem $pictures | Invoke-Prediction -Model (New-SmallModel 2)
            ($predictions | Import-ImageDataset).Count | Should -Be 8
        }

        It 'takes paths with a drive of PowerShell''s' {
            ([pscustomobject] @{ PSPath = "Microsoft.PowerShell.Core\FileSystem::$([System.IO.Path]::GetFullPath($pictures))/cat.0.bmp"; Label = 'x' } | Import-ImageDataset).Count | Should -Be 1
        }

        It 'gives the images as objects, to filter and pipe in again' {
            $items = @((Import-ImageDataset $table -Class dog, cat).GetItems())
            $items | Should -HaveCount 8
            $items[4].Index | Should -Be 4
            $items[4].Label | Should -BeExactly 'cat'
            $items[4].LabelNumber | Should -Be 1
            $items[4].Path | Should -BeExactly ([System.IO.Path]::GetFullPath("$pictures/cat.0.bmp"))
            $left = $items | Where-Object Path -NotLike '*cat.0.bmp' | Import-ImageDataset
            $left.Classes -join ' ' | Should -BeExactly 'dog cat'
            $left.ClassCounts -join ' ' | Should -Be '4 3'
        }

        It 'counts and names rows that are left out' {
            $data = $rows + [pscustomobject] @{ file = 'train/cat.0.bmp' } + $rows[0] + [pscustomobject] @{ file = 'train/no.bmp'; kind = 'cat' } |
                Import-ImageDataset -BasePath $base -SkipInvalid -WarningVariable warnings -WarningAction SilentlyContinue
            $data.Count | Should -Be 8
            $warnings | Should -HaveCount 3
            "$($warnings[0])" | Should -BeExactly 'Files without a label, left out (1 of 11 objects): train/cat.0.bmp (object 9).'
            "$($warnings[1])" | Should -BeExactly 'Files that came again with the same label, taken once (1 of 11 objects): train/cat.0.bmp (object 1 and object 10).'
            "$($warnings[2])" | Should -BeExactly "Files that aren't there, left out (1 of 11 objects): train/no.bmp (object 11)."
        }

        It 'refuses <What>' -ForEach @(
            @{ What = 'a file with two labels'; Script = { $rows + @{ file = 'train/cat.1.bmp'; kind = 'dog' } | Import-ImageDataset -BasePath $base -SkipInvalid }; Id = 'InvalidData'; Message = "Files with two labels (1): train/cat.1.bmp is 'cat' in object 3 and 'dog' in object 9.*" }
            @{ What = 'files that aren''t there'; Script = { $rows | Import-ImageDataset -BasePath "$base/train" }; Id = 'NotFound'; Message = "Files that aren't there (8 of 8 objects): train/cat.0.bmp (object 1),*and 3 more. Relative paths count from *train (-BasePath)*" }
            @{ What = 'a property that isn''t there'; Script = { $rows | Import-ImageDataset -LabelProperty knd }; Id = 'InvalidArgument'; Message = "the first object: there is no property 'knd' (-LabelProperty). Did you mean 'kind'? Found: 'file', 'kind'." }
            @{ What = 'objects without label and path'; Script = { [pscustomobject] @{ a = 1; b = 2 } | Import-ImageDataset }; Id = 'InvalidArgument'; Message = '-InputObject takes objects with a file and a label*has a, b:*-LabelProperty*' }
            @{ What = 'objects with two labels'; Script = { [pscustomobject] @{ Path = 'x'; Class = 'a'; Label = 1 } | Import-ImageDataset }; Id = 'InvalidArgument'; Message = "the first object: 'Label' and 'Class' may both be the label. Say which with -LabelProperty." }
            @{ What = 'a label of several values'; Script = { @{ Path = "$pictures/cat.0.bmp"; Label = 'a', 'b' } | Import-ImageDataset }; Id = 'InvalidArgument'; Message = 'object 1: the label has several values (a, b)*' }
            @{ What = 'images without a label'; Script = { [System.IO.FileInfo]::new("$pictures/cat.0.bmp") | Import-ImageDataset }; Id = 'InvalidArgument'; Message = '*cat.0.bmp: an image needs a label*-LabelProperty { $_.Directory.Name }*' }
            @{ What = 'a script block for a table'; Script = { Import-ImageDataset $table -LabelProperty { $_.kind } }; Id = 'InvalidArgument'; Message = '-LabelProperty is a script block*' }
            @{ What = 'a column of a folder'; Script = { Import-ImageDataset $base -LabelProperty kind }; Id = 'InvalidArgument'; Message = '*-LabelProperty is for a table*' }
            @{ What = 'labels and folders in one pipeline'; Script = { @(Get-ChildItem $base -Filter *.csv) + $rows | Import-ImageDataset }; Id = 'InvalidArgument'; Message = '-InputObject takes objects with a label, or paths of data sets, not both*' }
        ) {
            $fault = Get-Fault $Script
            $fault.FullyQualifiedErrorId | Should -Be "$Id,PSTransfer.Commands.ImportImageDataset"
            $fault.Exception.Message | Should -BeLike $Message
        }

        It 'trains, tests and caches as a folder does, with files in two folders outside the table''s' {
            New-ImageFolder "$TestDrive/outside/one" -Count 4
            New-ImageFolder "$TestDrive/outside/two/deeper" -Count 4
            $null = [System.IO.Directory]::CreateDirectory("$TestDrive/tables")
            $lines = foreach ($folder in 'one', 'two/deeper') { foreach ($class in 'cat', 'dog') { foreach ($i in 0..3) { "../outside/$folder/$class/$i.bmp;$class" } } }
            [System.IO.File]::WriteAllText("$TestDrive/tables/t.csv", "path;label`r`n$($lines -join "`r`n")`r`n")
            $split = Import-ImageDataset "$TestDrive/tables/t.csv" | Split-ImageDataset 0.25
            $run = New-SmallModel 2 | Set-FreezeMode Inference | Invoke-FineTune -Dataset $split.Training -ValidationDataset $split.Validation -Epochs 2 -CheckpointPath "$TestDrive/tables/c.safetensors" -FeatureCache "$TestDrive/tables"
            $run.Epochs | Should -Be 2
            $again = New-SmallModel 2 | Set-FreezeMode Inference | Invoke-FineTune -Dataset (Import-ImageDataset "$TestDrive/tables/t.csv" | Split-ImageDataset 0.25).Training -ValidationDataset $split.Validation -Epochs 3 -CheckpointPath "$TestDrive/tables/c.safetensors" -Resume
            $again.Epochs | Should -Be 3
            (Test-LearningPhase -Model $run.Model -Dataset $split.Training -ValidationDataset $split.Validation).Training.Count | Should -Be 12
        }
    }

    Context 'At the prompt' {
        BeforeAll {
            New-ImageFolder "$TestDrive/view" -Class 'big cat', 'dog' -Count 2
        }

        It 'completes <Line>' -ForEach @(
            @{ Line = "Import-ImageDataset '{0}/view' -Class "; Expected = "'big cat' dog" }
            @{ Line = 'Import-ImageDataset x -Format C'; Expected = 'Cifar10 Cifar100' }
            @{ Line = 'Import-ImageDataset x -Resize '; Expected = 'Crop Pad Stretch' }
        ) {
            $line = $Line -f $TestDrive
            $found = [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches
            $found.CompletionText -join ' ' | Should -Be $Expected
        }

        It 'completes a class so that it is chosen: <_>' -ForEach @(
            "O'Brien", "O`u{2019}Brien", 'a,b', 'a;b', '$x', '@home', '(x)', 'big cat', '[1]', '-x', '--%', '#x', '07', '1e3', 'a`b', '{x}', 'a&b', "a`u{202e}b"
            if (-not $IsWindows) { 'a"b', "a`e[31mb" } # Windows has no such names
        ) {
            $folder = "$TestDrive/names-$([guid]::NewGuid())"
            New-ImageFolder $folder -Class $_, 'other' -Count 1
            $line = "Import-ImageDataset '$folder' -Class "
            $found = [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches | Where-Object CompletionText -ne 'other'
            $found | Should -HaveCount 1
            (& ([scriptblock]::Create($line + $found.CompletionText))).Classes | Should -BeExactly $_
            # What has been typed of it, in quotes, is completed as well; PowerShell itself asks no one about a dash in quotes.
            if ($_[0] -ne '-') {
                $line += "'" + $_.Substring(0, 1).Replace("'", "''")
                [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches.CompletionText | Should -Contain $found.CompletionText
            }
        }
    }
}
