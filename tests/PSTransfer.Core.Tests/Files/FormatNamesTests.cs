namespace PSTransfer.Core.Tests.Files;

public sealed class FormatNamesTests
{
    [Theory]
    [InlineData("a.pst", null, ExportFormat.Model)]
    [InlineData("a.SAFETENSORS", null, ExportFormat.Model)]
    [InlineData("a.weights.h5", null, ExportFormat.KerasH5)]
    [InlineData("a.h5", ExportFormat.KerasH5, ExportFormat.KerasH5)]
    [InlineData("a", ExportFormat.KerasH5, ExportFormat.KerasH5)]
    [InlineData("a.tmp", ExportFormat.Model, ExportFormat.Model)]
    public void TheNameDecidesUnlessTheFormatIsGiven(string path, ExportFormat? given, ExportFormat expected) =>
        Assert.Equal(expected, ModelExport.Names.Choose(path, given));

    [Theory]
    [InlineData("a", null)]
    [InlineData("a.keras", null)]
    [InlineData("a.pth", null)]
    [InlineData("a.tmp", null)]
    [InlineData("a.h5", ExportFormat.Model)]
    [InlineData("a.pst", ExportFormat.KerasH5)]
    [InlineData("a.onnx", ExportFormat.Model)]
    public void ANameThatSaysNothingOrSomethingElseIsRefusedWithWhatIsPossible(string path, ExportFormat? given)
    {
        var fault = Assert.Throws<PSTransferException>(() => ModelExport.Names.Choose(path, given));

        Assert.Equal(FaultKind.InvalidArgument, fault.Kind);
        Assert.Contains(".pst or .safetensors (Model), .h5 or .hdf5 (KerasH5)", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("r.md", ReportFormat.Markdown)]
    [InlineData("r.HTML", ReportFormat.Html)]
    [InlineData("r.json", ReportFormat.Json)]
    public void ReportsToo(string path, ReportFormat expected) => Assert.Equal(expected, ReportFile.Names.Choose(path, null));
}
