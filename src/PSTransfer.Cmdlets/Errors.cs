using System.Management.Automation;
using System.Runtime.InteropServices;
using PSTransfer.Core;
using PSTransfer.Core.Text;

namespace PSTransfer;

/// <summary>Turns exceptions into error records. No other code chooses ids and categories.</summary>
internal static class Errors
{
    /// <summary>The record of an exception; null for an exception that isn't ours to explain.</summary>
    public static ErrorRecord? From(Exception exception) => exception switch
    {
        PSTransferException known =>
            new ErrorRecord(known, known.Kind.ToString(), CategoryOf(known.Kind), known.Targets is { } all ? all.ToArray() : known.Target)
        {
            // Some views of errors show the target's name, so it is escaped; the target itself stays as it is.
            CategoryInfo = { TargetName = Printable.Line(known.Target) },
        },
        ExternalException torch => new ErrorRecord(
            new InvalidOperationException(Explain(torch), torch), "LibTorch", ErrorCategory.ResourceUnavailable, null),
        IOException or UnauthorizedAccessException => new ErrorRecord(exception, "File", ErrorCategory.ReadError, null),
        _ => null,
    };

    private static ErrorCategory CategoryOf(FaultKind kind) => kind switch
    {
        FaultKind.InvalidArgument => ErrorCategory.InvalidArgument,
        FaultKind.InvalidData => ErrorCategory.InvalidData,
        FaultKind.NotFound => ErrorCategory.ObjectNotFound,
        FaultKind.AlreadyExists => ErrorCategory.ResourceExists,
        FaultKind.WriteFailed => ErrorCategory.WriteError,
        FaultKind.InUse => ErrorCategory.ResourceBusy,
        FaultKind.InvalidOperation => ErrorCategory.InvalidOperation,
        FaultKind.NotAvailable => ErrorCategory.ResourceUnavailable,
        FaultKind.Diverged => ErrorCategory.LimitsExceeded,
        FaultKind.Unsound => ErrorCategory.InvalidResult,
        _ => ErrorCategory.NotSpecified,
    };

    private static string Explain(ExternalException torch)
    {
        var first = torch.Message.Split('\n')[0];
        return first.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
            || first.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase)
            ? $"The memory of the device is not enough: {first} Use a smaller -BatchSize, a smaller -InputShape, a smaller "
            + "backbone, or -Device cpu."
            : $"libtorch failed: {first}";
    }
}
