using static PSTransfer.Core.Tests.Data.DatasetFiles;

namespace PSTransfer.Core.Tests.Data.Tables;

public sealed class LabelTableTests : IDisposable
{
    private static readonly byte[] Image = File.ReadAllBytes(ImageFixture.PathOf("decode/color.png"));
    private readonly TemporaryFolder _folder = new();

    public LabelTableTests()
    {
        foreach (var name in new[] { "img/1.png", "img/2.png", "img/3.png", "img/a;b, \"c\".png", "more/ü 4.png" })
        {
            _folder.Write(name, Image);
        }
    }

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> Writers => new()
    {
        { "pandas", "file,kind\nimg/1.png,dog\nimg/2.png,cat\nmore/ü 4.png,dog\n" },
        { "Excel, en-US, CSV UTF-8", "\uFEFFfile,kind\r\nimg/1.png,dog\r\nimg/2.png,cat\r\nmore/ü 4.png,dog\r\n" },
        { "Excel, de-DE, with blank rows below", "\uFEFFfile;kind\r\nimg/1.png;dog\r\nimg/2.png;cat\r\nmore/ü 4.png;dog\r\n;\r\n;\r\n" },
        { "Excel with its separator named", "sep=|\r\nfile|kind\r\nimg/1.png|dog\r\nimg/2.png|cat\r\nmore/ü 4.png|dog\r\n" },
        { "LibreOffice, all text quoted", "\"file\",\"kind\"\n\"img/1.png\",\"dog\"\n\"img/2.png\",\"cat\"\n\"more/ü 4.png\",\"dog\"" },
        {
            "Export-Csv of Windows PowerShell",
            "#TYPE System.Management.Automation.PSCustomObject\r\n\"file\",\"kind\"\r\n\"img/1.png\",\"dog\"\r\n\"img/2.png\",\"cat\"\r\n\"more/ü 4.png\",\"dog\"\r\n"
        },
        {
            "an index before, a note with line breaks between, blank lines",
            " ,File , note,KIND\n0,img/1.png,\"two\nlines\",dog\n\n1,img/2.png,\"a \"\"quote\"\", a comma\",cat\n\n2,more/ü "
            + "4.png,,dog\n\n\n"
        },
        { "Windows' separators, blanks around", "kind\tfile\n dog \timg\\1.png\ncat\t img\\2.png \ndog\tmore\\ü 4.png\n" },
    };

    [Theory]
    [MemberData(nameof(Writers))]
    public void TablesAreReadAsTheirProgramsWriteThem(string writer, string text)
    {
        Assert.NotEmpty(writer);
        foreach (var encoding in new[] { new UTF8Encoding(false), Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32 })
        {
            var content = text.TrimStart('\uFEFF');
            var mark = encoding is UTF8Encoding ? Encoding.UTF8.GetBytes(text[..(text.Length - content.Length)]) : encoding.GetPreamble();
            var data = Import(_folder.Write("labels.csv", [.. mark, .. encoding.GetBytes(content)]), new() { LabelProperty = "kind" });
            Assert.Equal(["cat", "dog"], data.Classes);
            Assert.Equal(["img/2.png", "img/1.png", "more/ü 4.png"], Files(data));
            Assert.Equal([0, 1, 1], Labels(data));
            Assert.Empty(data.Warnings);
            Assert.Equal(("labels.csv", Path.Combine(_folder.Path, "labels.csv")), (data.Name, data.Source));
        }
    }

    [Fact]
    public void QuotesSeparatorsAndNumbersInFieldsStay()
    {
        var data = Table("path,label\n\"img/a;b, \"\"c\"\".png\",07\nimg/1.png,7\n");
        Assert.Equal(["07", "7"], data.Classes);
        Assert.Equal("img/a;b, \"c\".png", Files(data)[0]);
    }

    [Fact]
    public void ClassesAreChosenOrderedAndDrawnFromAsInAFolder()
    {
        const string Text = "path,label\nimg/1.png,b\nimg/2.png,c\nimg/3.png,b\nmore/ü 4.png,a\n";
        var data = Table(Text, new() { Classes = ["c", "b"], SamplesPerClass = 1, First = true, ImageSize = [8], Channels = 1 });
        Assert.Equal(["c", "b"], data.Classes);
        Assert.Equal(["img/2.png", "img/1.png"], Files(data));
        Assert.Equal(new ImageShape(8, 8, 1), data.Shape);
        Assert.Contains(
            "unknown class 'd'",
            Assert.Throws<PSTransferException>(() => Table(Text, new() { Classes = ["d"] })).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "class 'a' has 1 image, fewer",
            Assert.Throws<PSTransferException>(() => Table(Text, new() { SamplesPerClass = 2 })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void UnlabelledAndDoubledRowsAreCountedAndNamedByTheirLine()
    {
        var data = Table(
            "path,label,note\nimg/1.png,a,\"x\ny\"\nimg/2.png,\nimg/3.png,  ,\n./img/1.png,a\nmore/ü "
            + "4.png\nimg/../img/1.png,a\n,,\nimg/2.png,b\n");
        Assert.Equal([1, 1], data.ClassCounts);
        Assert.Equal(2, data.Warnings.Count);
        Assert.Equal(
            $"{data.Source}: Files without a label, left out (3 of 7 lines): img/2.png (line 4), img/3.png (line 5), more/ü 4.png (line 7).",
            data.Warnings[0]);
        Assert.Equal(
            $"{data.Source}: Files that came again with the same label, taken once (2 of 7 lines): ./img/1.png (line 2 and line 6), "
            + "img/../img/1.png (line 2 and line 8).",
            data.Warnings[1]);
        Assert.Equal(0, data.SkippedCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AFileWithTwoLabelsIsAnErrorThatNamesBothRows(bool skipInvalid)
    {
        var error = Assert.Throws<PSTransferException>(() =>
            Table("path,label\nimg/1.png,a\nimg/2.png,b\nimg/1.png,b\nimg/1.png,A\n", new() { SkipInvalid = skipInvalid }));
        Assert.Equal(FaultKind.InvalidData, error.Kind);
        Assert.Contains(
            "Files with two labels (2): img/1.png is 'a' in line 2 and 'b' in line 4, img/1.png is 'a' in line 2 and 'A' in line 5.",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void MissingFilesAreAnErrorWithThePlaceTheyWereLookedForAt()
    {
        var lines = string.Concat(Enumerable.Range(0, 9).Select(i => $"no/{i}.png,a\n"));
        var error = Assert.Throws<PSTransferException>(() => Table($"path,label\nimg/1.png,a\n,a\nimg,a\n{lines}"));
        Assert.Equal(FaultKind.NotFound, error.Kind);
        Assert.Contains(
            "Files that aren't there (11 of 12 lines): no file named (line 3), img (line 4), no/0.png (line 5), no/1.png (line 6), "
            + $"no/2.png (line 7) and 6 more. Relative paths count from {_folder.Path} (-BasePath).",
            error.Message,
            StringComparison.Ordinal);
        var data = Table($"path,label\nimg/1.png,a\n{lines}", new() { SkipInvalid = true });
        Assert.Equal((1, 9), (data.Count, data.SkippedCount));
        Assert.Contains(
            "Files that aren't there, left out (9 of 10 lines): no/0.png (line 3)", Assert.Single(data.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsNoImageIsAnErrorAndBrokenOnesAreLeftOutOnRequest()
    {
        _folder.Write("img/notes.txt", "notes"u8.ToArray());
        _folder.Write("img/0001", Image);
        _folder.Write("img/cut.png", Image[..500]);
        const string Text = "path,label\nimg/notes.txt,a\nimg/0001,a\nimg/cut.png,a\n";
        var error = Assert.Throws<PSTransferException>(() => Table(Text));
        Assert.Equal(FaultKind.InvalidData, error.Kind);
        Assert.Contains(
            "Files that are no images that can be read (1 of 3 lines): img/notes.txt (line 2).", error.Message, StringComparison.Ordinal);

        var data = Table(Text, new() { SkipInvalid = true });
        Assert.Equal(["img/0001"], Files(data));
        Assert.Equal(2, data.SkippedCount);
        Assert.Equal(2, data.Warnings.Count);
        Assert.Contains("cut.png", data.Warnings[1], StringComparison.Ordinal);
    }

    [Fact]
    public void AClassWhoseFilesAreAllGoneIsAnError()
    {
        var error = Assert.Throws<PSTransferException>(() => Table("path,label\nimg/1.png,a\nno.png,b\n", new() { SkipInvalid = true }));
        Assert.Contains("Class 'b' has no image that can be read", error.Message, StringComparison.Ordinal);
        Assert.Equal(["a"], Table("path,label\nimg/1.png,a\nno.png,b\n", new() { SkipInvalid = true, Classes = ["a"] }).Classes);
    }

    [Fact]
    public void LabelsThatDifferByCaseAreClassesOfTheirOwnAndSaid()
    {
        var data = Table("path,label\nimg/1.png,Cat\nimg/2.png,cat\nimg/3.png, cat\n");
        Assert.Equal(["Cat", "cat"], data.Classes);
        Assert.Equal([1, 2], data.ClassCounts);
        Assert.Contains(
            "'Cat' and 'cat' differ only by upper and lower case, and each is a class.",
            Assert.Single(data.Warnings),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "a,b\n1,2\n",
        "no column is called FullName, Path, FilePath, ImagePath, File, FileName, Image or PSPath. Say with -PathProperty which one "
        + "holds the file of the image. Found: 'a', 'b'.")]
    [InlineData(
        "file,b\n1,2\n",
        "no column is called Label, Class, ClassName, Category or Kind. Say with -LabelProperty which one holds the label. Found: "
        + "'file', 'b'.")]
    [InlineData("file,class,label\n1,2,3\n", "'label' and 'class' may both be the label. Say which with -LabelProperty.")]
    [InlineData("img/1.png,cat\n", "Found: 'img/1.png', 'cat'.")]
    [InlineData("sep=\u5000\nfile,label\n", "Found: 'sep=\u5000'.")]
    [InlineData("", "the table is empty")]
    [InlineData("file,label\n", "No line has a file that can be read and a label.")]
    [InlineData(
        "file,label\nimg/1.png,\n", "No line has a file that can be read and a label. Files without a label, left out (1 of 1 lines)")]
    [InlineData("file,label\nimg/1.png,\"a\nimg/2.png,b\n", "the label in line 2 goes on in the next line")]
    [InlineData("file,label,labelnumber\nimg/1.png,a,x\n", "line 2: LabelNumber is 'x', expected a whole number from 0")]
    [InlineData("file,label,labelnumber\nimg/1.png,a,0\nimg/2.png,a,1\n", "line 3: the LabelNumber of 'a' is 1, but 0 in an earlier row.")]
    [InlineData(
        "file,label,labelnumber\nimg/1.png,a,0\nimg/2.png,b,0\n",
        "the LabelNumber of 'a', 'b' is 0. Each class needs a number of its own.")]
    public void WhatIsWrongIsNamed(string text, string message)
    {
        var error = Assert.Throws<PSTransferException>(() => Table(text));
        Assert.StartsWith(Path.Combine(_folder.Path, "labels.csv"), error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AColumnIsChosenByNameAndTheNearestIsNamed()
    {
        const string Text = "file,class,label\nimg/1.png,x,7\n";
        Assert.Equal(["x"], Table(Text, new() { LabelProperty = "CLASS" }).Classes);
        Assert.Equal(
            ["img/1.png"], Files(Table("file,class,label\nx,img/1.png,7\n", new() { LabelProperty = "label", PathProperty = "class" })));
        var error = Assert.Throws<PSTransferException>(() => Table(Text, new() { LabelProperty = "lable" }));
        Assert.Contains(
            "there is no column 'lable' (-LabelProperty). Did you mean 'label'? Found: 'file', 'class', 'label'.",
            error.Message,
            StringComparison.Ordinal);
        Assert.Equal("lable", error.Target);
        Assert.Contains(
            "more than one column is called 'b'",
            Assert.Throws<PSTransferException>(() => Table("file,b,B\n1,2,3\n", new() { LabelProperty = "b" })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void RelativePathsCountFromTheTableOrFromTheFolderThatIsNamed()
    {
        _folder.Write("tables/labels.csv", "path,label\n1.png,a\n"u8.ToArray());
        var table = Path.Combine(_folder.Path, "tables", "labels.csv");
        Assert.Contains("1.png (line 2)", Fails(table).Message, StringComparison.Ordinal);
        Assert.Equal(["img/1.png"], Files(Import(table, new() { BasePath = Path.Combine(_folder.Path, "img") })));
    }

    [Fact]
    public void WhatIsNoTextIsRefusedWithARemedy()
    {
        var windows = _folder.Write("labels.csv", [.. "path,label\nm"u8, 0xFC, .. ".png,a\n"u8]);
        Assert.Contains(
            "labels.csv: the text isn't UTF-8. Save it as UTF-8 (in Excel: CSV UTF-8)", Fails(windows).Message, StringComparison.Ordinal);
        var unmarked = _folder.Write("labels.csv", Encoding.Unicode.GetBytes("path,label\nimg/1.png,a\n"));
        Assert.Contains("found zero bytes", Fails(unmarked).Message, StringComparison.Ordinal);
        var endless = _folder.Write("labels.csv", [.. "path,label\nimg/1.png,\""u8, .. Enumerable.Repeat((byte)'a', 40_000_000)]);
        Assert.Contains("A quote that isn't closed", Fails(endless).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OtherFilesAreTablesWhenThatIsSaid()
    {
        var path = _folder.Write("labels.txt", "path\tlabel\nimg/1.png\ta\n"u8.ToArray());
        Assert.Equal(1, Import(path, new() { Format = DatasetFormat.Table }).Count);
        Assert.Contains(
            "-LabelProperty is for a table", Fails(_folder.Path, new() { LabelProperty = "a" }).Message, StringComparison.Ordinal);
        Assert.Contains(
            "expected a table, found a folder",
            Fails(_folder.Path, new() { Format = DatasetFormat.Table }).Message,
            StringComparison.Ordinal);
    }

    private LabeledImages Table(string text, ImageDatasetOptions? options = null) =>
        Import(_folder.Write("labels.csv", Encoding.UTF8.GetBytes(text)), options);

    private string[] Files(LabeledImages data) =>
        [.. Enumerable.Range(0, data.Count)
            .Select(i => Path.GetRelativePath(_folder.Path, data.PathOf(i)!).Replace(Path.DirectorySeparatorChar, '/'))];
}
