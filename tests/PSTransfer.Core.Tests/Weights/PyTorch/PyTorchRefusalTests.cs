using System.IO.Compression;
using PSTransfer.Core.Weights.PyTorch;

namespace PSTransfer.Core.Tests.Weights.PyTorch;

/// <summary>What isn't weights is refused with a sentence that says what it is and what to do, and nothing of it runs.</summary>
public sealed class PyTorchRefusalTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("system.pth")]
    [InlineData("system-protocol4.pth")]
    [InlineData("system-legacy.pth")]
    [InlineData("system.pkl")]
    public void APickleThatAsksForAProgramIsRefusedByName(string file) =>
        Refused(
            SmallPyTorch.File(file),
            "the file asks for posix.system, which can run programs and which no weights need",
            "Nothing of the file was run");

    [Fact]
    public void AWholeModelIsRefused() =>
        Refused(
            SmallPyTorch.File("module.pth"),
            "a whole model, pickled with its classes (it asks for torch.nn.modules.container.Sequential)",
            "torch.save(model.state_dict()");

    [Fact]
    public void AWholeModelWithItsSourceIsRefused() =>
        Refused(
            Pickle("(X", PyTorchFileTests.Int(6), "modulectorch.nn.modules.linear\nLinear\nNNtQ)\u0081}b."),
            "a whole model, pickled with its classes (it asks for torch.nn.modules.linear.Linear)");

    [Fact]
    public void TorchScriptIsRefused() => Refused(SmallPyTorch.File("script.pt"), "TorchScript", "torch.jit.load");

    [Theory]
    [InlineData("builtins", "eval")]
    [InlineData("builtins", "exec")]
    [InlineData("builtins", "__import__")]
    [InlineData("__builtin__", "compile")]
    [InlineData("os", "system")]
    [InlineData("os.path", "join")]
    [InlineData("nt", "system")]
    [InlineData("subprocess", "Popen")]
    [InlineData("runpy", "_run_code")]
    [InlineData("ctypes", "CDLL")]
    public void NamesThatRunProgramsAreRefused(string module, string name)
    {
        Refused(Pickle($"c{module}\n{name}\n."), $"the file asks for {module}.{name}, which can run programs");
        Refused(
            Pickle("X", PyTorchFileTests.Int(module.Length), module, "X", PyTorchFileTests.Int(name.Length), name, 0x93, '.'),
            $"the file asks for {module}.{name}, which can run programs");
    }

    [Fact]
    public void ModelsThatArePickledWholeAreNamed()
    {
        Refused(
            Pickle("}X", PyTorchFileTests.Int(5), "modelcultralytics.nn.tasks\nDetectionModel\n)\u0081}bs."),
            "a whole model, pickled with its classes under model (it asks for ultralytics.nn.tasks.DetectionModel)",
            "torch.save(model.state_dict()");
        Refused(Pickle("c__main__\nNet\n)\u0081}b."), "a whole model, pickled with its classes (it asks for __main__.Net)");
    }

    [Fact]
    public void AnInertNameCallsNothing() =>
        Refused(
            Pickle("c_codecs\nencode\nX", PyTorchFileTests.Int(1), "aX", PyTorchFileTests.Int(3), "rot", 0x86, "R."),
            "expected a state dict",
            "found an object of _codecs.encode");

    [Theory]
    [InlineData("i")]
    [InlineData("o")]
    [InlineData("P1\n")]
    [InlineData("I1\n")]
    [InlineData("S'a'\n")]
    [InlineData("\u0082\u0001")]
    [InlineData("\u0097")]
    public void OpcodesThatPyTorchDoesNotWriteAreRefused(string opcode) =>
        Refused(Pickle("(NN", Encoding.Latin1.GetBytes(opcode), "."), $"the opcode 0x{(int)opcode[0]:X2}");

    [Theory]
    [InlineData("N.", "found another object")]
    [InlineData("].", "found a list")]
    [InlineData("}.", "found an empty dict")]
    [InlineData("}\u008c\u0005epochK\u0003s.", "found a dict with epoch")]
    public void WhatHoldsNoStateDictIsRefused(string pickle, string found) =>
        Refused(Pickle(Encoding.Latin1.GetBytes(pickle)), "expected a state dict", found, "model.state_dict()");

    [Fact]
    public void ACompressedEntryIsRefused() =>
        Refused(
            _folder.File("packed.pth", SmallPyTorch.Zip(SmallPyTorch.Entries("zip.pth"), CompressionLevel.Optimal)),
            "archive/data.pkl is compressed in the archive");

    [Fact]
    public void ABigEndianFileIsRefused() =>
        Refused(
            _folder.File("big.pth", SmallPyTorch.Zip([.. SmallPyTorch.Entries("zip.pth"), ("archive/byteorder", "big"u8.ToArray())])),
            "its byte order is 'big'");

    [Fact]
    public void ALittleEndianOneThatSaysSoIsRead()
    {
        using var file = PyTorchFile.Open(
            _folder.File(
                "little.pth", SmallPyTorch.Zip([.. SmallPyTorch.Entries("zip.pth"), ("archive/byteorder", "little"u8.ToArray())])));
        Assert.Equal(8, file.Tensors.Count);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(4)]
    public void AStorageOfAnotherSizeIsRefused(int more)
    {
        var entries = SmallPyTorch.Entries("zip.pth")
            .ConvertAll(entry => entry.Name == "archive/data/0" ? (entry.Name, Resize(entry.Content, more)) : entry);
        Refused(_folder.File("size.pth", SmallPyTorch.Zip(entries)), "conv1.weight: archive/data/0: expected 48 × 4 bytes, found ");
    }

    [Fact]
    public void AMissingStorageIsRefused()
    {
        var entries = SmallPyTorch.Entries("zip.pth").Where(entry => entry.Name != "archive/data/1");
        Refused(_folder.File("missing.pth", SmallPyTorch.Zip(entries)), "bn1.weight: the archive has no archive/data/1");
    }

    [Theory]
    [InlineData(0, 3, 2, 2, 1, "would reach to number 6 of 6")]
    [InlineData(1, 3, 2, 2, 1, "would reach to number 6 of 6")]
    [InlineData(0, 255, 255, 0, 0, "with 65025 numbers in a file of")]
    [InlineData(0, 3, 3, 1, 1, "overlaps itself")]
    public void AViewThatLeavesItsStorageIsRefused(int offset, int rows, int columns, int rowStride, int columnStride, string what)
    {
        var storage = what.StartsWith("would", StringComparison.Ordinal) && offset == 0 ? 5 : 6;
        var pickle = SmallPyTorch.Bytes(
            0x80, 2, "}X", PyTorchFileTests.Int(1), "tctorch._utils\n_rebuild_tensor_v2\n((X", PyTorchFileTests.Int(7),
            "storagectorch\nFloatStorage\nX", PyTorchFileTests.Int(1), "0X",
            PyTorchFileTests.Int(3), "cpuK", storage, "tQK", offset, 'K', rows, 'K', columns, 0x86, 'K', rowStride, 'K', columnStride, 0x86,
            0x89, "}tRs.");
        Refused(
            _folder.File("view.pth", SmallPyTorch.Zip(pickle, storage * sizeof(float))),
            "t: its shape",
            what.Replace("6 of 6", $"{storage} of {storage}", StringComparison.Ordinal));
    }

    [Fact]
    public void OtherFilesAreRefusedByName()
    {
        Refused(_folder.File("empty.pth", []), "the file is empty");
        Refused(_folder.File("text.pth", "hello"u8.ToArray()), "expected a PyTorch file (a zip archive or a pickle), found something else");
        Refused(_folder.File("page.pth", "<!DOCTYPE html>"u8.ToArray()), "found a web page");
        Refused(_folder.File("list.pth", SmallPyTorch.Bytes(0x80, 2, "].")), "its magic number is missing");
        Refused(
            _folder.File("other.zip", SmallPyTorch.Zip([("weights/model.pth", [1])])),
            "found weights/model.pth; if the weights are packed in it, unpack them first");
        Refused(_folder.File("model.keras", SmallPyTorch.Zip([("model.weights.h5", [1])])), "Keras' .keras");
        Refused(_folder.Path, "found a folder");
        Refused(Path.Combine(_folder.Path, "none.pth"), "there is no such file");
    }

    private string Pickle(params object[] parts) => _folder.File("made.pth", SmallPyTorch.Zip([0x80, 2, .. SmallPyTorch.Bytes(parts)]));

    private static byte[] Resize(byte[] bytes, int more) => [.. bytes.Take(bytes.Length + more), .. new byte[Math.Max(0, more)]];

    private static void Refused(string path, params string[] said)
    {
        var error = Assert.Throws<PSTransferException>(() => PyTorchFile.Open(path).Dispose());
        Assert.StartsWith($"{path}: ", error.Message, StringComparison.Ordinal);
        Assert.All(said, words => Assert.Contains(words, error.Message, StringComparison.Ordinal));
    }
}
