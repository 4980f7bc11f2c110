using System.Collections.Frozen;
using PSTransfer.Core.Networks.Layers;

namespace PSTransfer.Core.Networks.Description;

/// <summary>For each kind of layer, how it is written and how it is made of what was written.</summary>
internal static class LayerForms
{
    private static readonly LayerText Nothing = new(string.Empty, string.Empty);

    private static readonly FrozenDictionary<Type, Form> Forms = new[]
    {
        Of<Input>(_ => Nothing, p => new Input(p.Name, p.Input)),
        Of<Conv>(
            conv => Nothing with
            {
                Outputs = conv.OutChannels, Window = conv.Window, Groups = conv.Groups, HasBias = conv.Parameters.Count > 1,
            },
            p =>
            {
                var (window, groups) = (p.Window, p.Groups);
                p.Hold(p.Outputs, p.Map.Channels / groups, window.Height, window.Width);
                return new Conv(p.Name, p.Map.Channels, p.Outputs, window, p.HasBias, groups);
            }),
        Of<SeparableConv>(
            conv => Nothing with { Outputs = conv.OutChannels, Window = conv.Window },
            p =>
            {
                p.Hold(p.Map.Channels, p.Window.Height, p.Window.Width);
                p.Hold(p.Map.Channels, p.Outputs);
                return new SeparableConv(p.Name, p.Map.Channels, p.Outputs, p.Window);
            }),
        Of<BatchNorm>(
            norm => Nothing with { HasScale = norm.Parameters.Count > 1 },
            p =>
            {
                p.Hold(3, p.Input.Channels);
                return new BatchNorm(p.Name, p.Input.Channels, 1e-5, 0.1, VarianceEstimator.Unbiased, p.HasScale);
            }),
        Of<LayerNorm>(
            norm => Nothing with { Epsilon = norm.Epsilon },
            p =>
            {
                p.Hold(2, p.Map.Channels);
                return new LayerNorm(p.Name, p.Map.Channels, p.Epsilon);
            }),
        Of<LayerScale>(
            _ => Nothing,
            p =>
            {
                p.Hold(p.Map.Channels);
                return new LayerScale(p.Name, p.Map.Channels);
            }),
        Of<Normalization>(
            _ => Nothing,
            p =>
            {
                p.Hold(2, p.Map.Channels);
                return new Normalization(p.Name, p.Map.Channels);
            }),
        Of<Dense>(
            dense => Nothing with { Outputs = dense.Outputs },
            p =>
            {
                p.Hold(p.Outputs, p.Input.Size);
                return new Dense(p.Name, p.Input.Size, p.Outputs);
            }),
        Of<ChannelDense>(
            dense => Nothing with { Outputs = dense.Outputs },
            p =>
            {
                p.Hold(p.Outputs, p.Map.Channels);
                return new ChannelDense(p.Name, p.Map.Channels, p.Outputs);
            }),
        Of<Rescaling>(rescaling => Nothing with { Factors = rescaling.Factors }, p => new Rescaling(p.Name, p.Factors)),
        Of<ZeroPadding>(
            padding => Nothing with { Padding = [padding.Sides.Top, padding.Sides.Bottom, padding.Sides.Left, padding.Sides.Right] },
            p => new ZeroPadding(p.MapName, p.Padding.Top, p.Padding.Bottom, p.Padding.Left, p.Padding.Right)),
        Of<MaxPool>(pool => Nothing with { Window = pool.Window }, p => new MaxPool(p.MapName, p.Window)),
        Of<AveragePool>(
            pool => Nothing with { Window = pool.Window, CountsPadding = pool.CountsPadding },
            p => new AveragePool(p.MapName, p.Window, p.CountsPadding)),
        Of<GlobalAveragePool>(pool => Nothing with { KeepsMap = pool.KeepsMap }, p => new GlobalAveragePool(p.MapName, p.KeepsMap)),
        Of<GlobalMaxPool>(pool => Nothing with { KeepsMap = pool.KeepsMap }, p => new GlobalMaxPool(p.MapName, p.KeepsMap)),
        Of<Relu>(_ => Nothing, p => new Relu(p.Name)),
        Of<Relu6>(_ => Nothing, p => new Relu6(p.Name)),
        Of<Silu>(_ => Nothing, p => new Silu(p.Name)),
        Of<HardSwish>(_ => Nothing, p => new HardSwish(p.Name)),
        Of<HardSigmoid>(_ => Nothing, p => new HardSigmoid(p.Name)),
        Of<Sigmoid>(_ => Nothing, p => new Sigmoid(p.Name)),
        Of<Gelu>(_ => Nothing, p => new Gelu(p.Name)),
        Of<Tanh>(_ => Nothing, p => new Tanh(p.Name)),
        Of<Softplus>(_ => Nothing, p => new Softplus(p.Name)),
        Of<Mish>(_ => Nothing, p => new Mish(p.Name)),
        Of<Softmax>(_ => Nothing, p => new Softmax(p.Name)),
        Of<Clip>(
            clip => Nothing with { Numbers = [clip.Lowest, clip.Highest] },
            p => p.Numbers(2) is var limits && limits[0] <= limits[1]
                ? new Clip(p.Name, limits[0], limits[1])
                : throw p.Fault("has a lowest value above the highest")),
        Of<LeakyRelu>(relu => Nothing with { Numbers = [relu.Alpha] }, p => new LeakyRelu(p.Name, p.Numbers(1)[0])),
        Of<Elu>(elu => Nothing with { Numbers = [elu.Alpha] }, p => new Elu(p.Name, p.Numbers(1)[0])),
        Of<PRelu>(
            relu => Nothing with { Outputs = relu.Factors },
            p =>
            {
                p.Hold(p.FactorCount);
                return new PRelu(p.Name, p.FactorCount);
            }),
        Of<ChannelSlice>(
            slice => Nothing with { Outputs = slice.Count, Start = slice.Start, Reversed = slice.Reversed },
            p => new ChannelSlice(p.Name, p.Start, p.Outputs, p.Reversed)),
        Of<ChannelShuffle>(
            shuffle => Nothing with { Outputs = shuffle.Groups },
            p => p.Map.Channels % p.Outputs == 0
                ? new ChannelShuffle(p.Name, p.Outputs)
                : throw p.Fault($"has {p.Outputs} groups, which don't divide {p.Map.Channels} channels")),
        Of<LocalResponseNorm>(
            norm => Nothing with { Outputs = norm.Settings.Size, Numbers = [norm.Settings.Alpha, norm.Settings.Beta, norm.Settings.Bias] },
            p => p.Numbers(3) is var numbers
                ? new LocalResponseNorm(p.MapName, p.Outputs, numbers[0], numbers[1], numbers[2])
                : throw p.Fault("needs numbers")),
        Of<Constant>(
            constant => Nothing with
            {
                Multiplies = constant.Multiplies,
                Size = constant.Shape.IsVector
                    ? [constant.Shape.Channels]
                    : [constant.Shape.Channels, constant.Shape.Height, constant.Shape.Width],
            },
            p =>
            {
                p.Hold(p.Size.Size);
                return new Constant(p.Name, p.Size, p.Multiplies);
            }),
        Of<Dropout>(dropout => Nothing with { Rate = dropout.Rate }, p => new Dropout(p.Name, p.Rate)),
        Of<StochasticDepth>(depth => Nothing with { Rate = depth.Rate }, p => new StochasticDepth(p.MapName, p.Rate)),
        Of<Flatten>(_ => Nothing, p => new Flatten(p.MapName)),
        Of<Permute>(_ => Nothing, p => new Permute(p.Name)),
        Of<OnePixel>(_ => Nothing, p => new OnePixel(p.Name)),
        Of<Add>(
            add => Nothing with { Factors = [add.Scale] },
            p =>
            {
                p.RequireAlike(2, shape => shape);
                return p.Count == 2 ? new Add(p.Name, p.Factor) : throw p.Fault($"takes two inputs, not {p.Count}");
            }),
        Of<Multiply>(
            _ => Nothing,
            p =>
            {
                p.RequireAlike(2, shape => new FeatureShape(shape.Channels, 1, 1, shape.IsVector));
                return p.Count == 2 ? new Multiply(p.Name) : throw p.Fault($"takes two inputs, not {p.Count}");
            }),
        Of<Concat>(
            _ => Nothing,
            p =>
            {
                p.RequireAlike(1, shape => shape with { Channels = 1 });
                return new Concat(p.Name);
            }),
    }.ToFrozenDictionary(form => form.Layer);

    private static readonly FrozenDictionary<string, Form> ByKind = Forms.Values.ToFrozenDictionary(form => form.Layer.Name);

    /// <summary>The kinds of layers that can be written and made.</summary>
    public static IEnumerable<string> Kinds => ByKind.Keys;

    /// <summary>Whether layers of a type can be written.</summary>
    public static bool Knows(Type layer) => Forms.ContainsKey(layer);

    /// <summary>Writes a layer's settings.</summary>
    public static LayerText Write(Layer layer) =>
        Forms[layer.GetType()].Write(layer) with { Kind = layer.Kind, Name = layer.Name };

    /// <summary>Makes a layer for inputs of the given shapes. Its tensors are of the right sizes and hold no weights yet.</summary>
    /// <param name="text">The layer in writing.</param>
    /// <param name="inputs">The shapes of the inputs.</param>
    /// <param name="numbers">How many numbers the tensors may still have.</param>
    /// <exception cref="PSTransferException">InvalidArgument: the kind is unknown, or a setting is impossible.</exception>
    public static Layer Make(LayerText text, IReadOnlyList<FeatureShape> inputs, NumberAllowance numbers)
    {
        var parts = new LayerParts(text, inputs, numbers);
        return ByKind.TryGetValue(text.Kind, out var form)
            ? form.Make(parts)
            : throw parts.Fault("is of a kind that this PSTransfer doesn't know");
    }

    private static Form Of<TLayer>(Func<TLayer, LayerText> write, Func<LayerParts, TLayer> make)
        where TLayer : Layer => new(typeof(TLayer), layer => write((TLayer)layer), make);

    private sealed record Form(Type Layer, Func<Layer, LayerText> Write, Func<LayerParts, Layer> Make);
}
