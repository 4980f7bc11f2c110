using PSTransfer.Core.Text;

namespace PSTransfer.Core;

/// <summary>Kinds of faults, in the user's terms. The cmdlets turn each kind into an error record with its own id and category.</summary>
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

    /// <summary>A run with -Strict in which training and evaluation won't agree, or in which a frozen layer has changed.</summary>
    Unsound,
}

/// <summary>
/// The one exception that Core throws on purpose. The message names the thing, what was expected, what was found and what to do. Users
/// see the message as it is, except that characters which a terminal would obey are escaped.
/// </summary>
public sealed class PSTransferException(FaultKind kind, string message, string? target = null, Exception? inner = null)
    : Exception(Printable.Lines(message), inner)
{
    /// <summary>The kind of fault.</summary>
    public FaultKind Kind { get; } = kind;

    /// <summary>The message. It begins with the name of <see cref="Parameter"/> where that is what it speaks of.</summary>
    public override string Message => Joint is null ? What : $"{Name}{Joint}{What}";

    /// <summary>The message without the name of <see cref="Parameter"/> at its beginning.</summary>
    public string What => base.Message;

    /// <summary>What the error is about: a path, a layer, a parameter.</summary>
    public string? Target { get; } = target;

    /// <summary>Everything that the error is about, where the message can't name it all; null where <see cref="Target"/> says it.</summary>
    public IReadOnlyList<string>? Targets { get; init; }

    /// <summary>The parameter that the error is about, without the dash; null where it is about none.</summary>
    public string? Parameter
    {
        get;
        init => (field, Name) = (value, value is null ? null : Option.Name(value));
    }

    /// <summary>
    /// Other parameters that the message names, without the dash. The error depends on them too, or one of them is the remedy.
    /// </summary>
    public IReadOnlyList<string> Others { get; init; } = [];

    /// <summary>The number, from 1, of the value of <see cref="Parameter"/> that is at fault; null for a fault of all its values.</summary>
    public int? Item
    {
        get;
        init => (field, Joint) = (value, value is null ? null : $" {value}: ");
    }

    /// <summary>The name of <see cref="Parameter"/> to the user who saw the error first: a parameter or a key.</summary>
    internal string? Name { get; private init; }

    /// <summary>What joins <see cref="Name"/> and <see cref="What"/> to the message; null for a message without the name.</summary>
    private string? Joint { get; init; }

    /// <summary>Makes an error whose message begins with the parameter.</summary>
    /// <param name="parameter">The parameter's name, without the dash.</param>
    /// <param name="what">What is wrong with the parameter: the rest of the sentence.</param>
    /// <param name="kind">The kind of fault.</param>
    /// <param name="target">What the error is about; the parameter without it.</param>
    /// <param name="inner">The error that led to this one.</param>
    /// <param name="joint">What stands between the parameter and <paramref name="what"/>.</param>
    internal static PSTransferException About(
        string parameter,
        string what,
        FaultKind kind = FaultKind.InvalidArgument,
        string? target = null,
        Exception? inner = null,
        string joint = " ") => new(kind, what, target ?? parameter, inner) { Parameter = parameter, Joint = joint };

    /// <summary>Refuses a parameter that can't work.</summary>
    /// <param name="valid">Whether the parameter can work.</param>
    /// <param name="parameter">The parameter's name, without the dash.</param>
    /// <param name="what">What is wrong with the parameter ("must be at least 1, not 0"), without a full stop.</param>
    internal static void Require(bool valid, string parameter, string what) => Require(valid, parameter, what, []);

    /// <inheritdoc cref="Require(bool, string, string)"/>
    /// <param name="others">Other parameters that <paramref name="what"/> names, without the dash.</param>
    internal static void Require(bool valid, string parameter, string what, params string[] others)
    {
        if (!valid)
        {
            throw new PSTransferException(FaultKind.InvalidArgument, $"{what}.", parameter)
            {
                Parameter = parameter, Joint = " ", Others = others,
            };
        }
    }
}
