using System.Reflection;
using System.Reflection.Emit;

namespace PSTransfer.Core.Tests.Native;

/// <summary>
/// TorchSharp keeps no scalar alive that is made in passing: the garbage collector may free it while libtorch reads it. It is
/// rare, and may end the process. Nothing in Core may make one so, by a conversion of its own or by a method of TorchSharp's that does.
/// </summary>
public sealed class HeldScalarsTests
{
    private const BindingFlags All = BindingFlags.Public
        | BindingFlags.NonPublic
        | BindingFlags.Instance
        | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodeOf = typeof(OpCodes)
        .GetFields()
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    [Fact]
    public void CoreMakesNoScalarInPassing()
    {
        var hazards = Hazards();
        Assert.Contains(hazards, method => method.Name == "square");
        Assert.Contains(hazards, method => method.Name == "op_Addition");

        var found = Methods(typeof(PSTransferException).Assembly)
            .SelectMany(method =>
                Calls(method)
                    .Where(call => IsConversion(call) || hazards.Contains(call))
                    .Select(call => $"{method.DeclaringType}.{method.Name} calls {call}"));

        Assert.Empty(found.Distinct());
    }

    /// <summary>TorchSharp's methods that make a scalar in passing, and those that call them.</summary>
    private static HashSet<MethodBase> Hazards()
    {
        var calls = Methods(typeof(Scalar).Assembly)
            .Where(method => method.DeclaringType != typeof(Scalar))
            .ToDictionary(method => method, method => Calls(method).ToHashSet());
        HashSet<MethodBase> hazards = [.. calls
            .Where(pair => pair.Value.Any(call => IsConversion(call) || call.Name == "ToScalar"))
            .Select(pair => pair.Key)];
        int before;
        do
        {
            before = hazards.Count;
            hazards.UnionWith(calls.Where(pair => pair.Value.Overlaps(hazards)).Select(pair => pair.Key));
        }
        while (hazards.Count > before);
        return hazards;
    }

    private static bool IsConversion(MethodBase method) => method.DeclaringType == typeof(Scalar) && method.Name == "op_Implicit";

    private static IEnumerable<MethodBase> Methods(Assembly assembly) =>
        assembly.GetTypes().SelectMany(type => type.GetMethods(All).Concat<MethodBase>(type.GetConstructors(All)));

    private static IEnumerable<MethodBase> Calls(MethodBase method)
    {
        var il = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        var typeArguments = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < il.Length;)
        {
            var code = OpCodeOf[il[at] == 0xFE ? (short)(0xFE00 | il[at + 1]) : il[at]];
            at += code.Size;
            if (code.OperandType == OperandType.InlineMethod)
            {
                yield return method.Module.ResolveMethod(BitConverter.ToInt32(il, at), typeArguments, methodArguments)!;
            }

            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
                _ => 4,
            };
        }
    }
}
