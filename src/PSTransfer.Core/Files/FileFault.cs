namespace PSTransfer.Core.Files;

/// <summary>The errors that weight files of every format have in common.</summary>
internal static class FileFault
{
    /// <summary>What helps where a file is damaged, unless it is one that a run was writing.</summary>
    public const string Again = "download or export the file again";

    /// <summary>The file isn't what its format says: it was cut off, altered, or never right.</summary>
    public static PSTransferException Damaged(string path, string what, Exception? inner = null) =>
        new(FaultKind.InvalidData, $"{path}: {what}; {Again}.", path, inner);

    /// <summary>The system refuses it.</summary>
    public static PSTransferException Unreadable(string path, Exception inner) =>
        new(FaultKind.InvalidData, $"{path} can't be read: {inner.Message.TrimEnd('.')}; check the path and its permissions.", path, inner);

    /// <summary>It is a file of another format, as its first bytes say.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">"a safetensors file".</param>
    /// <param name="start">Its first bytes; none for an empty file.</param>
    public static PSTransferException WrongKind(string path, string expected, ReadOnlySpan<byte> start) => start.IsEmpty
        ? Damaged(path, "the file is empty")
        : new PSTransferException(FaultKind.InvalidData, $"{path}: expected {expected}, found {FileSignature.Describe(start) ?? "something else"}; give the file in the right format, or name its format.", path);
}
