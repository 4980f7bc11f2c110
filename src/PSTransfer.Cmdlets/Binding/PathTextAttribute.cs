using System.Collections;
using System.Management.Automation;

namespace PSTransfer.Binding;

/// <summary>Keeps an object's text from being taken for a path. Objects with a property Path, PSPath or FullName bind by that property.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PathTextAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) => IsPath(inputData) ? inputData : throw Refused(inputData);

    private static bool IsPath(object? value) => value is null || Table.Unwrap(value) switch
    {
        string or FileSystemInfo or ValueType or Uri => true,
        object[] or IList => ((IList)Table.Unwrap(value)).Cast<object?>().All(IsPath),
        _ => false,
    };

    // PowerShell tries other ways to bind an object from a pipeline if the first ends in a failed cast.
    private static ArgumentTransformationMetadataException Refused(object value)
    {
        var message = $"A path is a text or a file, not an object of the type {Table.Unwrap(value).GetType().Name}. Pipe the object to bind its property Path, or give that property to -LiteralPath.";
        return new ArgumentTransformationMetadataException(message, new PSInvalidCastException(message));
    }
}
