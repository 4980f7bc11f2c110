using System.Management.Automation;

namespace PSTransfer.Binding;

/// <summary>
/// Takes the path from an object's property Path, literally. The text of any other object isn't taken for a path. A property PSPath or
/// FullName binds to -LiteralPath without this attribute.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PathTextAttribute : ArgumentTransformationAttribute
{
    private static readonly string[] BoundByName = ["LiteralPath", "PSPath", "FullName"];

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => inputData switch
    {
        null => null,
        PSObject { BaseObject: object[] many } => many.Select(One).ToArray(),
        object[] many => many.Select(One).ToArray(),
        _ => One(inputData),
    };

    private static object? One(object? value)
    {
        if (value is null || Table.Unwrap(value) is string or ValueType or Uri or FileSystemInfo)
        {
            return value;
        }

        var properties = PSObject.AsPSObject(value).Properties;
        return !BoundByName.Any(name => properties[name] is not null) && properties["Path"] is { } path
            ? FilePaths.Literally(LanguagePrimitives.ConvertTo<string>(path.Value))
            : throw Refused(value);
    }

    // PowerShell tries other ways to bind an object from a pipeline if the first one ends in a failed cast.
    private static ArgumentTransformationMetadataException Refused(object value)
    {
        var message = $"A path is a text, a file, or an object with a property Path, not a {Table.Unwrap(value).GetType().Name}.";
        return new ArgumentTransformationMetadataException(message, new PSInvalidCastException(message));
    }
}
