using PSTransfer.Core.Tests.Reports;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Tests;

/// <summary>What is quoted back to the user, and what is written, has a point in every culture.</summary>
public sealed class InvariantTextTests
{
    [Fact]
    public void MessagesHaveAPoint()
    {
        var fault = WithCommas(() => Assert.Throws<PSTransferException>(() => new Head { ClassCount = 2, Dropout = 1.5 }.Validate()));
        Assert.EndsWith("not 1.5.", fault.Message, StringComparison.Ordinal);
        Assert.Equal("a taken for b: 3 (0.500 of its images)", WithCommas(() => new Confusion("a", "b", 3, 0.5).ToString()));
    }

    [Fact]
    public void ListsHaveAPoint() => Assert.Equal("0.5; 1.25", WithCommas(() => new Listed<float>([0.5f, 1.25f]).ToString()));

    [Fact]
    public void OptionsHaveAPoint() =>
        Assert.Contains(
            "0.01", WithCommas(() => new TrainingOptions { Optimizer = OptimizerKind.SGD }.ToString()), StringComparison.Ordinal);

    [Theory]
    [InlineData(ReportFormat.Html)]
    [InlineData(ReportFormat.Markdown)]
    [InlineData(ReportFormat.Json)]
    public void ReportsAndTheirChartsAreTheSame(ReportFormat format)
    {
        var expected = Written(format);

        Assert.Equal(expected, WithCommas(() => Written(format)));
        Assert.NotEmpty(expected);
    }

    private static List<(string, string)> Written(ReportFormat format)
    {
        using var folder = new Files.TempFolder();
        new ReportFile(folder.File("report.txt"), format, overwrite: false).Write(SampleReport.Make());
        return [.. folder.Names().Select(name => (name, File.ReadAllText(folder.File(name))))];
    }

    private static T WithCommas<T>(Func<T> action)
    {
        var before = CultureInfo.CurrentCulture;
        var commas = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (commas.NumberFormat.NumberDecimalSeparator, commas.NumberFormat.NumberGroupSeparator) = (",", ".");
        CultureInfo.CurrentCulture = commas;
        try
        {
            return action();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
