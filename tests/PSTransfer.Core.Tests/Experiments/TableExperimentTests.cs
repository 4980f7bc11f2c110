namespace PSTransfer.Core.Tests.Experiments;

/// <summary>Experiments whose images and labels come from a table.</summary>
public sealed class TableExperimentTests : IDisposable
{
    private const string Rest = "\nbackbone: { name: resnet20, inputShape: 8 }\nhead: { classCount: 2 }\n";

    private readonly TemporaryFolder _folder = new();

    public TableExperimentTests()
    {
        var image = File.ReadAllBytes(ImageFixture.PathOf("decode/color.png"));
        var rows = string.Empty;
        for (var i = 0; i < 8; i++)
        {
            _folder.Write($"photos/{i}.png", image);
            rows += $"photos/{i}.png,{(i % 2 == 0 ? "cat" : "dog")}\n";
        }

        _folder.Write("labels.csv", System.Text.Encoding.UTF8.GetBytes("file,kind\n" + rows));
        _folder.Write(
            "other.csv", System.Text.Encoding.UTF8.GetBytes("file,kind\nphotos/0.png,cat\nphotos/no.png,dog\nphotos/1.png,dog\n"));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("data: { table: labels.csv, path: file, label: kind }")]
    [InlineData("data: { label: kind, path: file, table: labels.csv, split: { validation: 0.25 } }")]
    [InlineData("data: { table: labels.csv }")]
    [InlineData("data: { path: labels.csv, label: kind }")]
    [InlineData("data: { table: labels.csv, validation: { table: other.csv, label: kind, skipInvalid: true } }")]
    public void ATableIsChecked(string data) => Assert.Empty(Checked(data));

    [Fact]
    public void ATablesImagesAreThoseOfTheRun()
    {
        var settings = Load("data: { table: labels.csv, path: file, label: kind, class: [dog, cat] }").Runs[0].Settings.Data;
        Assert.Equal(
            (Path.Combine(_folder.Path, "labels.csv"), "file", "kind"),
            (settings.Table, settings.PathColumn, settings.Options.LabelProperty));
        var images = settings.Import(CancellationToken.None);
        Assert.Equal(["dog", "cat"], images.Classes);
        Assert.Equal([4, 4], images.ClassCounts);
    }

    [Fact]
    public void SettingsThatWereWrittenNameTheTableAndItsColumns()
    {
        var run = Load("data: { table: labels.csv, path: file, label: kind, basePath: . }").Runs[0];
        var folder = Directory.CreateDirectory(Path.Combine(_folder.Path, "stored")).FullName;
        var text = run.Describe(folder);
        Assert.Contains("path: file", text, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "y.yml"), text);
        var again = Experiment.Load(Path.Combine(folder, "y.yml"), []);
        Assert.Empty(again.Errors);
        var (one, other) = (run.Settings.Data, again.Runs[0].Settings.Data);
        Assert.Equal((one.Table, one.PathColumn, one.Options), (other.Table, other.PathColumn, other.Options));
        Assert.True(one.Import(CancellationToken.None).IsSameAs(other.Import(CancellationToken.None)));
    }

    [Theory]
    [InlineData("data: { table: nowhere.csv }", 1, 16, "data.table", "there is no such file")]
    [InlineData("data: { table: labels.csv, path: fil }", 1, 34, "data.path", "there is no column 'fil' (data.path). Did you mean 'file'?")]
    [InlineData(
        "data:\n  table: labels.csv\n  label: kin", 3, 10, "data.label", "there is no column 'kin' (data.label). Did you mean 'kind'?")]
    [InlineData(
        "data: { table: other.csv }", 1, 16, "data.table",
        "Files that aren't there (1 of 3 lines): photos/no.png (line 3). Relative paths count from")]
    [InlineData("data: { table: labels.csv, format: Idx }", 1, 36, "data.format", "is Idx, and table names a table")]
    [InlineData("data: { label: kind }", 1, 7, "data.path", "is missing: A folder with")]
    [InlineData("data: { path: photos, label: kind }", 1, 30, "data.label", "is for a table of files and labels")]
    [InlineData(
        "data: { table: labels.csv, validation: { table: other.csv, label: x } }", 1, 67, "data.validation.label",
        "there is no column 'x'")]
    public void WhatIsWrongIsToldAtItsPlace(string data, int line, int column, string key, string message)
    {
        var error = Assert.Single(Checked(data));
        Assert.Equal((line, column, key), (error.Line, error.Column, error.Key));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Property", error.Message, StringComparison.Ordinal);
    }

    private IReadOnlyList<ExperimentError> Checked(string data)
    {
        var experiment = Load(data);
        ExperimentCheck.Run(experiment, CancellationToken.None);
        return experiment.Errors;
    }

    private Experiment Load(string data) =>
        Experiment.Load(_folder.Write("x.yml", System.Text.Encoding.UTF8.GetBytes(data + Rest)), []);
}
