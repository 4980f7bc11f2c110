using PSTransfer.Core.Text;

namespace PSTransfer.Core;

/// <summary>
/// The kind of a fault, in the user's terms. The cmdlets turn each kind into an error record with its own id and category.
/// </summary>
public enum FaultKind
{
    /// <summary>A parameter or a combination of parameters that can't work.</summary>
    InvalidArgument,

    /// <summary>A file or its content is not what it should be.</summary>
    InvalidData,

    /// <summary>A file, folder, layer or class doesn't exist.</summary>
    NotFound,

    /// <summary>A file exists already and may not be replaced.</summary>
    AlreadyExists,

    /// <summary>A file can't be written: there is no room or no permission, or the name isn't possible.</summary>
    WriteFailed,

    /// <summary>Another run is writing the file or folder at this moment.</summary>
    InUse,

    /// <summary>The object is not in a state that allows the call (a model without head, a disposed model).</summary>
    InvalidOperation,

    /// <summary>libtorch can't be loaded, a device isn't there, or a file can't be downloaded.</summary>
    NotAvailable,

    /// <summary>A number left the range of float32 in training.</summary>
    Diverged,

    /// <summary>Training and evaluation don't agree, or frozen weights have changed, and -Strict lets neither pass.</summary>
    Unsound,
}

/// <summary>
/// The only exception that Core throws on purpose. The message names the thing, what was expected, what was found and what to do. The user
/// sees the message unchanged, except that characters which would control a terminal are escaped.
/// </summary>
public sealed class PSTransferException(FaultKind kind, string message, string? target = null, Exception? inner = null)
    : Exception(Printable.Lines(message), inner)
{
    /// <summary>The kind of fault.</summary>
    public FaultKind Kind { get; } = kind;

    /// <summary>The subject of the error: a path, a layer or a parameter.</summary>
    public string? Target { get; } = target;

    /// <summary>All subjects of the error, if the message can't name them all; null if <see cref="Target"/> says enough.</summary>
    public IReadOnlyList<string>? Targets { get; init; }

    /// <summary>Refuses a parameter that can't work.</summary>
    /// <param name="valid">Whether the parameter can work.</param>
    /// <param name="parameter">The parameter's name, without the dash.</param>
    /// <param name="what">What is wrong with the value ("must be at least 1, not 0"), without a full stop.</param>
    internal static void Require(bool valid, string parameter, string what)
    {
        if (!valid)
        {
            throw new PSTransferException(FaultKind.InvalidArgument, $"-{parameter} {what}.", parameter);
        }
    }
}
