namespace PSTransfer.Core.Files;

/// <summary>The errors that weight files of every format have in common.</summary>
internal static class FileFault
{
    /// <summary>The remedy for a damaged file, unless a run was writing the file.</summary>
    public const string Again = "download or export the file again";

    /// <summary>The error for a file that contradicts its format: it was cut off, altered, or never valid.</summary>
    public static PSTransferException Damaged(string path, string what, Exception? inner = null) =>
        new(FaultKind.InvalidData, $"{path}: {what}; {Again}.", path, inner);

    /// <summary>The error for a file that the system refuses to read.</summary>
    public static PSTransferException Unreadable(string path, Exception inner) =>
        new(FaultKind.InvalidData, $"{path} can't be read: {inner.Message.TrimEnd('.')}; check the path and its permissions.", path, inner);

    /// <summary>The error for a file whose first bytes show another format.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">The expected kind, such as "a safetensors file".</param>
    /// <param name="start">The file's first bytes; empty for an empty file.</param>
    public static PSTransferException WrongKind(string path, string expected, ReadOnlySpan<byte> start) => start.IsEmpty
        ? Damaged(path, "the file is empty")
        : new PSTransferException(
            FaultKind.InvalidData,
            $"{path}: expected {expected}, found {FileSignature.Describe(start) ?? "something else"}; give the file in the right format, "
            + "or name its format.",
            path);
}
