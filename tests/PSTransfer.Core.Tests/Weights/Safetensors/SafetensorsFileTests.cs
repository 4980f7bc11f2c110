namespace PSTransfer.Core.Tests.Weights.Safetensors;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ReadsAFileMadeByHand()
    {
        // 1 = 3F800000, -2 = C0000000, 0.5 = 3F000000, little-endian; 258 = 0x0102.
        using var file = Open(
            """{"__metadata__":{"format":"pt","klasse":"K\u00e4tzchen"},"n":{"dtype":"I64","shape":[],"data_offsets":[12,20]},"w":{"dtype":"F32","shape":[3,1],"data_offsets":[0,12]}}   """,
            0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0, 0x3F, 2, 1, 0, 0, 0, 0, 0, 0);

        Assert.Equal([new("format", "pt"), new("klasse", "Kätzchen")], file.Metadata);
        Assert.Equal(["n", "w"], file.Tensors.Keys);
        Assert.Equal([3, 1], file.Tensors["w"].Shape);
        Assert.Equal("F32", file.Tensors["w"].DataType);
        Assert.Equal((12, 20), (file.Tensors["n"].Begin, file.Tensors["n"].End));
        Assert.Equal([1f, -2f, 0.5f], Floats(file, "w"));
        Assert.Equal([-2f, 0.5f], Floats(file, "w", first: 1, count: 2));
        long[] number = new long[1];
        file.ReadLongs(file.Tensors["n"], 0, number);
        Assert.Equal([258L], number);
    }

    [Fact]
    public void ReadsFilesWithoutTensorsOrWithEmptyOnes()
    {
        using var none = Open("{}");
        using var empty = Open(
            """{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"F32","shape":[0,7],"data_offsets":[1,1]}}""", 5);

        Assert.Empty(none.Tensors);
        Assert.Empty(none.Metadata);
        Assert.Empty(Floats(empty, "a"));
    }

    [Fact]
    public void MoreTensorsThanAnyNetworkHasAreRefused()
    {
        var entries = string.Join(',', Enumerable.Range(0, 100_001).Select(i => $$"""
            "{{i}}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}
            """));
        var error = Assert.Throws<PSTransferException>(() => Open($"{{{entries}}}").Dispose());
        Assert.Contains("its header lists more than 100000 tensors", error.Message, StringComparison.Ordinal);
    }

    // Values by IEEE 754: sign, 5 bits of exponent (bias 15), 10 of fraction; subnormals count in steps of 2^-24.
    [Theory]
    [InlineData(0x0000, 0f)]
    [InlineData(0x3C00, 1f)]
    [InlineData(0xC000, -2f)]
    [InlineData(0x7BFF, 65504f)]
    [InlineData(0x0001, 5.9604644775390625e-8f)]
    [InlineData(0x83FF, -6.097555160522461e-5f)]
    [InlineData(0x0400, 6.103515625e-5f)]
    [InlineData(0x3555, 0.333251953125f)]
    [InlineData(0x7C00, float.PositiveInfinity)]
    [InlineData(0xFC00, float.NegativeInfinity)]
    [InlineData(0x7E00, float.NaN)]
    public void WidensHalfPrecision(int bits, float expected) => AssertWidened("F16", bits, expected);

    // Sign, 8 bits of exponent (bias 127), 7 of fraction; the smallest subnormal is 2^-133.
    [Theory]
    [InlineData(0x3F80, 1f)]
    [InlineData(0xC049, -3.140625f)]
    [InlineData(0x7F7F, 3.3895313892515355e38f)]
    [InlineData(0x0001, 9.183549615799121e-41f)]
    [InlineData(0x0080, 1.1754943508222875e-38f)]
    [InlineData(0xFF80, float.NegativeInfinity)]
    [InlineData(0x7FC0, float.NaN)]
    public void WidensBrainFloat(int bits, float expected) => AssertWidened("BF16", bits, expected);

    [Fact]
    public void NegativeZeroKeepsItsSign()
    {
        using var file = Open("""{"w":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}""", 0x00, 0x80);

        Assert.True(float.IsNegative(Assert.Single(Floats(file, "w"))));
    }

    [Fact]
    public void WidensTensorsLongerThanOneChunk()
    {
        const int Count = 70_000;
        byte[] data = new byte[Count * 2];
        for (int i = 0; i < Count; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(i * 2), (ushort)(0x4000 + (i % 127)));
        }

        using var file = Open($$$"""{"w":{"dtype":"BF16","shape":[{{{Count}}}],"data_offsets":[0,{{{Count * 2}}}]}}""", data);

        // 0x4000 is 2; one unit of the fraction is 2^-6 there.
        Assert.Equal(Enumerable.Range(0, Count).Select(i => 2f + ((i % 127) / 64f)), Floats(file, "w"));
    }

    [Theory]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "w: expected 8 bytes for F32 [2], found data_offsets [0, 4]")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", "data_offsets [4, 0]")]
    [InlineData(
        """{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "w: expected data to begin at byte 0, found 4, which leaves a hole")]
    [InlineData(
        """{"w":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"v":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""",
        "v: expected data to begin at byte 3, found 2, which overlaps")]
    [InlineData(
        """{"w":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""",
        "expected 3 bytes of tensors after the header, found 4 (something was appended to it)")]
    [InlineData(
        """{"w":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}""",
        "expected 9 bytes of tensors after the header, found 4 (it is cut short)")]
    [InlineData(
        """{"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}""", "w: expected a shape of less than 2^63 bytes")]
    [InlineData("""{"w":{"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}}""", "cut short")]
    [InlineData("""{"w":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,4]}}""", "w: shape: expected whole numbers")]
    [InlineData("""{"w":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}}""", "w: shape: expected whole numbers")]
    [InlineData("""{"w":{"dtype":"U8","shape":[4.5],"data_offsets":[0,4]}}""", "w: shape: expected whole numbers")]
    [InlineData("""{"w":{"dtype":"U8","shape":["4"],"data_offsets":[0,4]}}""", "w: shape: expected whole numbers")]
    [InlineData("""{"w":{"dtype":"U8","shape":4,"data_offsets":[0,4]}}""", "w: shape: expected an array, found Number")]
    [InlineData("""{"w":{"dtype":"U8","shape":[4],"data_offsets":[0]}}""", "w: expected dtype, shape and two data_offsets")]
    [InlineData("""{"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4,4]}}""", "w: data_offsets: expected at most 2 numbers")]
    [InlineData("""{"w":{"dtype":"U8","shape":[4]}}""", "w: expected dtype, shape and two data_offsets")]
    [InlineData(
        """{"w":{"dtype":"U8","dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", "w: expected dtype, shape and data_offsets, once each")]
    [InlineData("""{"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"x":1}}""", "found 'x'")]
    [InlineData("""{"w":{"dtype":"Q8","shape":[4],"data_offsets":[0,4]}}""", "found 'Q8'")]
    [InlineData("""{"w":{"dtype":8,"shape":[4],"data_offsets":[0,4]}}""", "w: dtype: expected a string")]
    [InlineData("""{"w":[]}""", "w: expected an object, found StartArray")]
    [InlineData(
        """{"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""",
        "w: expected one entry of that name, found two")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", "__metadata__: expected one entry of that name, found two")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"}}""", "__metadata__.a: expected one value, found two")]
    [InlineData("""{"__metadata__":{"a":1}}""", "__metadata__.a: expected a string, found Number")]
    [InlineData("""{"__metadata__":null}""", "__metadata__: expected an object, found Null")]
    [InlineData("""{"a\u001b[31m":[]}""", "a\\u001B[31m: expected an object")]
    [InlineData("""{"\ud800":[]}""", "not valid JSON")]
    [InlineData("""{"w":}""", "not valid JSON")]
    [InlineData("""{} {}""", "not valid JSON")]
    [InlineData("""{"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}""", "not valid JSON")]
    public void RefusesAHeaderThatIsWrong(string header, string expected)
    {
        var error = Refused(_folder.File("bad.safetensors", HandmadeFile.Bytes(header, 1, 2, 3, 4)));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RefusesBytesThatAreNoUtf8() =>
        Assert.Contains(
            "not valid JSON",
            Refused(_folder.File("f", HandmadeFile.Bytes([.. "{\""u8, 0xFF, .. "\":1}"u8], []))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void RefusesTooManyDimensions() =>
        Assert.Contains(
            "w: shape: expected at most 64 numbers",
            Refused(
                _folder.File(
                    "f",
                    HandmadeFile.Bytes(
                        $$$"""{"w":{"dtype":"U8","shape":[{{{string.Join(',', Enumerable.Repeat("0", 65))}}}],"data_offsets":[0,0]}}"""))).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(100_000_001)]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    public void RefusesAHeaderLengthThatCannotBe(long length)
    {
        byte[] bytes = HandmadeFile.Bytes("{}");
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        string path = _folder.File("f", bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();

        var error = Refused(path);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.Contains($"found the length {(ulong)length} in a file of 10 bytes", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("504B030414000000", "a zip archive (PyTorch .pth? Keras .keras?)")]
    [InlineData("894844460D0A1A0A", "an HDF5 file (Keras .h5?)")]
    [InlineData("80028A0A6CFC9C46", "a Python pickle")]
    [InlineData("1F8B080000000000", "a gzip archive")]
    [InlineData("3C21444F43545950", "a web page")]
    public void NamesAFileOfAnotherKind(string start, string expected)
    {
        var error = Refused(_folder.File("model.safetensors", [.. Convert.FromHexString(start), .. new byte[100]]));

        Assert.Contains($"expected a safetensors file, found {expected}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NamesAGitLfsPointer() =>
        Assert.Contains(
            "git lfs pull",
            Refused(_folder.File("f", Encoding.ASCII.GetBytes("version https://git-lfs.github.com/spec/v1\n"))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void NamesAnEmptyFileAFolderAndAMissingFile()
    {
        Assert.Contains("the file is empty", Refused(_folder.File("f", [])).Message, StringComparison.Ordinal);
        Assert.Contains("found a folder", Refused(_folder.Path).Message, StringComparison.Ordinal);
        var error = Assert.Throws<PSTransferException>(() => SafetensorsFile.Open(_folder.File("missing")));
        Assert.Equal(FaultKind.NotFound, error.Kind);
    }

    [Theory]
    [InlineData("F64", 8)]
    [InlineData("I64", 8)]
    [InlineData("I32", 4)]
    public void NeverConvertsSilently(string type, int size)
    {
        using var file = Open($$$"""{"conv.weight":{"dtype":"{{{type}}}","shape":[1],"data_offsets":[0,{{{size}}}]}}""", new byte[size]);

        var error = Assert.Throws<PSTransferException>(() => Floats(file, "conv.weight"));

        Assert.Equal(FaultKind.InvalidData, error.Kind);
        Assert.Contains($"conv.weight: expected F32, F16 or BF16, found {type}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileCutShortWhileOpenIsNamed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "an open file can't be cut there");
        byte[] bytes = HandmadeFile.Bytes("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", new byte[8]);
        string path = _folder.File("f", bytes);
        using var file = SafetensorsFile.Open(path);
        File.WriteAllBytes(path, bytes[..^4]);

        var error = Assert.Throws<PSTransferException>(() => Floats(file, "w"));

        Assert.Contains($"it ends at byte {bytes.Length - 4}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnOpenedFileThatIsRefusedIsClosedAgain()
    {
        string path = _folder.File("f", [1, 2, 3]);

        Refused(path);

        using var exclusive = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.Equal(3, exclusive.Length);
    }

    private static PSTransferException Refused(string path)
    {
        var error = Assert.Throws<PSTransferException>(() => SafetensorsFile.Open(path));
        Assert.Equal(FaultKind.InvalidData, error.Kind);
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Equal(path, error.Target);
        return error;
    }

    private static float[] Floats(SafetensorsFile file, string name, int first = 0, int? count = null)
    {
        TensorEntry entry = file.Tensors[name];
        float[] values = new float[count ?? (int)entry.Shape.Aggregate(1L, (product, n) => product * n)];
        file.ReadFloats(entry, first, values);
        return values;
    }

    private SafetensorsFile Open(string header, params byte[] data) =>
        SafetensorsFile.Open(_folder.File($"{Guid.NewGuid():N}.safetensors", HandmadeFile.Bytes(header, data)));

    private void AssertWidened(string type, int bits, float expected)
    {
        using var file = Open($$$"""{"w":{"dtype":"{{{type}}}","shape":[1],"data_offsets":[0,2]}}""", (byte)bits, (byte)(bits >> 8));

        Assert.Equal([expected], Floats(file, "w"));
    }
}
