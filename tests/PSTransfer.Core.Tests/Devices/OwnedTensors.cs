using System.Collections.Concurrent;
using System.Reflection;

namespace PSTransfer.Core.Tests.Devices;

/// <summary>
/// Finds every tensor and generator that an object holds, by its fields, theirs and so on: private ones, those of base types, in
/// collections (which are fields too), in tuples, and in what a delegate has captured.
/// </summary>
internal sealed class OwnedTensors
{
    private static readonly ConcurrentDictionary<Type, FieldInfo[]> _fields = [];

    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly List<(string Path, torch.Device Device)> _found = [];

    /// <summary>All of them, each with the way that leads to it and the device that it is on.</summary>
    public static IReadOnlyList<(string Path, torch.Device Device)> Of(object root)
    {
        var walk = new OwnedTensors();
        walk.Visit(root);
        return walk._found;
    }

    /// <summary>The ways to those that aren't on a device.</summary>
    public static IEnumerable<string> Elsewhere(object root, torch.Device device) =>
        Of(root).Where(found => found.Device.type != device.type).Select(found => $"{found.Path} is on {found.Device.type}");

    /// <summary>What static fields hold, of all types of an assembly.</summary>
    public static IReadOnlyList<(string Path, torch.Device Device)> OfStatics(Assembly assembly)
    {
        var walk = new OwnedTensors();
        foreach (var field in assembly.GetTypes().Where(type => !type.ContainsGenericParameters)
            .SelectMany(type =>
                type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(field => !field.IsLiteral && MayLead(field.FieldType)))
        {
            if (field.GetValue(null) is { } value)
            {
                walk.Visit(value, $"{field.DeclaringType!.Name}.{field.Name}");
            }
        }

        return walk._found;
    }

    private void Visit(object root, string name = "")
    {
        // Without recursion: a graph's layers may be hundreds deep in linked objects.
        Stack<(object Value, string Path)> open = new([(root, name)]);
        while (open.TryPop(out var next))
        {
            var (value, path) = next;
            if (!value.GetType().IsValueType && !_seen.Add(value))
            {
                continue;
            }

            switch (value)
            {
                case torch.Tensor tensor:
                    _found.Add((path, tensor.device));
                    using (var gradient = tensor.is_leaf ? tensor.grad : null)
                    {
                        if (gradient is not null)
                        {
                            _found.Add(($"{path}.grad", gradient.device));
                        }
                    }

                    continue;
                case torch.Generator generator:
                    _found.Add((path, generator.device));
                    continue;
                case Array array when !MayLead(array.GetType().GetElementType()!):
                    continue;
                case Array array:
                    var place = 0;
                    foreach (var element in array)
                    {
                        Push(element, $"{path}[{place++}]");
                    }

                    continue;
                case Delegate { Target: { } target }:
                    Push(target, $"{path}()");
                    continue;
            }

            foreach (var field in _fields.GetOrAdd(value.GetType(), FieldsOf))
            {
                Push(field.GetValue(value), path.Length == 0 ? field.Name : $"{path}.{field.Name}");
            }
        }

        void Push(object? value, string path)
        {
            if (value is not null && MayLead(value.GetType()))
            {
                open.Push((value, path));
            }
        }
    }

    private static FieldInfo[] FieldsOf(Type type)
    {
        List<FieldInfo> fields = [];
        for (var at = type; at is not null && at != typeof(object); at = at.BaseType)
        {
            fields.AddRange(
                at
                    .GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                    .Where(field => MayLead(field.FieldType)));
        }

        return [.. fields];
    }

    /// <summary>Numbers and texts hold nothing; the system's own machinery (types, threads, streams, handles) isn't the object's.</summary>
    private static bool MayLead(Type type) =>
        !type.IsPrimitive && !type.IsEnum && !type.IsPointer && !type.IsByRefLike && type != typeof(string) && type != typeof(decimal)
            && type != typeof(torch.Device)
            && !typeof(MemberInfo).IsAssignableFrom(type)
            && type.Namespace is not ("System.Threading" or "System.Reflection" or "System.IO" or "System.Globalization" or "System.Text" or "System.Text.RegularExpressions" or "System.Runtime.InteropServices")
            && type.Namespace?.StartsWith("Microsoft.Win32", StringComparison.Ordinal) != true;
}
