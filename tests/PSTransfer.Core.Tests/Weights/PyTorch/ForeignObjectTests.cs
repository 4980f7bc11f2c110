using PSTransfer.Core.Weights.PyTorch;

namespace PSTransfer.Core.Tests.Weights.PyTorch;

/// <summary>Objects of a trainer's own classes beside the weights are inert: nothing of them is made, and the weights are read.</summary>
public sealed class ForeignObjectTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// REDUCE, NEWOBJ, NEWOBJ_EX, BUILD, SETITEMS, APPENDS and calls of what was made, each of names that weights never need.
    /// </summary>
    [Theory]
    [InlineData("cmy.loss\nFocalLoss\n)R}X\u0001\0\0\0aK\u0001sb")]
    [InlineData("cmy.loss\nFocalLoss\n)\u0081}b")]
    [InlineData("cmy.loss\nFocalLoss\n)}\u0092")]
    [InlineData("cmy.loss\nFocalLoss\n)R(NNu(NNe")]
    [InlineData("cbuiltins\ngetattr\ncmy.callbacks\nStop\nX\u0004\0\0\0mode\u0086R")]
    [InlineData("cfunctools\npartial\ncmy.loss\nf\n\u0085R)R)R")]
    [InlineData("ctorch\nload\nX\u0001\0\0\0a\u0085R")]
    [InlineData("ctypes\nFunctionType\nN\u0085R)R")]
    public void WhatATrainerSavesBesideTheWeightsIsInert(string pickle)
    {
        using var file = PyTorchFile.Open(Pickle(pickle, Tensor));
        Assert.Equal("conv1.weight", Assert.Single(file.Tensors).Name);
        Assert.Contains("nothing of that was made or run", file.Note, StringComparison.Ordinal);
        var numbers = new float[2];
        file.Read(file.Tensors[0], numbers);
        Assert.Equal([0, 0], numbers);
    }

    [Fact]
    public void NamesAreListedAndBounded()
    {
        var names = string.Concat(Enumerable.Range(0, 30).Select(i => $"cmy.loss\nLoss{i:00}\n"));
        using var file = PyTorchFile.Open(Pickle($"({names}t", Tensor));
        Assert.StartsWith("The file also asks for my.loss.Loss00, my.loss.Loss01", file.Note, StringComparison.Ordinal);
        Assert.Contains(" and 22 more: ", file.Note, StringComparison.Ordinal);
    }

    /// <summary>A tensor that a function of another name would make isn't there, and the file says why.</summary>
    [Theory]
    [InlineData("cmy.quantized\nunpack\n)R", "my.quantized.unpack")]
    [InlineData("ctorch._utils\n_rebuild_parameter\ncmy.quantized\nunpack\n)R\u0085R", "my.quantized.unpack")]
    [InlineData("ctorch._utils\n_rebuild_qtensor\n)R", "torch._utils._rebuild_qtensor")]
    public void ATensorOutOfAForeignObjectIsNone(string made, string maker)
    {
        using var file = PyTorchFile.Open(Pickle("N", $"X\u0004\0\0\0fake{made}s{Tensor}"));
        Assert.Equal("conv1.weight", Assert.Single(file.Tensors).Name);
        Assert.Equal(maker, file.Foreign["fake"]);
    }

    /// <summary>5 MB of tensors with 64 dimensions, each a few bytes of the pickle, took 1.2 GB.</summary>
    [Fact]
    public void DimensionsAndTensorsAreBounded()
    {
        var deep = string.Concat(Enumerable.Repeat("K\u0001", 17));
        Assert.Contains("a tensor of 17 dimensions", Refused($"({deep}tq\u0001", "h\u0001"), StringComparison.Ordinal);
        Assert.Contains("more than 100000 tensors", Refused("N", string.Empty, 100_001), StringComparison.Ordinal);
    }

    private const string Storage = "(X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpuK\u0002tQ";
    private const string Tensor =
        $"X\u000c\0\0\0conv1.weightctorch._utils\n_rebuild_tensor_v2\n({Storage}K\0K\u0002\u0085K\u0001\u0085\u0089}}tRs";

    /// <summary>{'state_dict': {...}, 'extra': ...}</summary>
    private string Pickle(string extra, string items) =>
        _folder.File(
            "made.pth",
            SmallPyTorch.Zip(
                [.. SmallPyTorch.Bytes(0x80, 2, $"}}X\u0005\0\0\0extra{extra}sX\u000a\0\0\0state_dict}}{items}s.")], storage: 8));

    private string Refused(string before, string shape, int count = 1)
    {
        var tensor = $"ctorch._utils\n_rebuild_tensor_v2\n({Storage}K\0{(shape.Length > 0 ? shape + shape : "))")}\u0089}}tR";
        var again = string.Concat(Enumerable.Repeat("h\u0002h\u0003R0", count - 1));
        var parts = count == 1 ? tensor : $"ctorch._utils\n_rebuild_tensor_v2\nq\u0002({Storage}K\0))\u0089}}tq\u0003R0{again}N";
        var path = _folder.File("many.pth", SmallPyTorch.Zip([.. SmallPyTorch.Bytes(0x80, 2, $"{before}{parts}.")], storage: 8));
        var error = Assert.Throws<PSTransferException>(() => PyTorchFile.Open(path).Dispose());
        Assert.StartsWith($"{path}: ", error.Message, StringComparison.Ordinal);
        return error.Message;
    }
}
