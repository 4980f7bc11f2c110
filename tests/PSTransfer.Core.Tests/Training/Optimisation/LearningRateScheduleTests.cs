namespace PSTransfer.Core.Tests.Training.Optimisation;

public sealed class LearningRateScheduleTests
{
    [Fact]
    public void OneCycleEqualsPyTorchs()
    {
        foreach (var @case in Fixture.Read("training/onecycle.json").EnumerateArray())
        {
            var (highest, steps) = (@case.GetProperty("highest").GetDouble(), @case.GetProperty("steps").GetInt32());
            var schedule = new LearningRateSchedule(
                new TrainingOptions { Schedule = ScheduleKind.OneCycle, LearningRate = highest }, steps);
            var actual = Enumerable.Range(0, steps).Select(step => schedule.RateAt(step, [])).ToList();
            Assert.Equal(Rates(@case), actual, (a, b) => Math.Abs(a - b) <= 1e-12 * highest);
        }
    }

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Fixture.Read("training/schedules.json").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void EveryScheduleEqualsPyTorchs(int index)
    {
        var @case = Fixture.Read("training/schedules.json")[index];
        var kind = Enum.Parse<ScheduleKind>(@case.GetProperty("kind").GetString()!);
        var decays = kind is ScheduleKind.Step or ScheduleKind.Plateau;
        var options = new TrainingOptions
        {
            Schedule = kind,
            LearningRate = @case.GetProperty("highest").GetDouble(),
            Epochs = @case.GetProperty("epochs").GetInt32(),
            WarmupSteps = @case.GetProperty("warmup").GetInt32(),
            DecayEpochs = decays ? @case.GetProperty("decayEpochs").GetInt32() : null,
            DecayFactor = decays ? @case.GetProperty("factor").GetDouble() : null,
        };
        options.Validate(hasValidation: true);
        var updates = @case.GetProperty("updatesPerEpoch").GetInt32();
        var losses = @case.GetProperty("losses").EnumerateArray().Select(loss => loss.GetDouble()).ToList();
        var schedule = new LearningRateSchedule(options, updates);

        var actual = Enumerable.Range(0, options.Epochs * updates)
            .Select(update => schedule.RateAt(update, Epochs(losses.Take(update / updates))))
            .ToList();

        // PyTorch's chained forms round at each step.
        Assert.Equal(Rates(@case), actual, (a, b) => Math.Abs(a - b) <= 1e-12 * options.Rate);
    }

    [Fact]
    public void OneStepHasARateToo() =>
        Assert.InRange(
            new LearningRateSchedule(new TrainingOptions { Schedule = ScheduleKind.OneCycle, LearningRate = 0.1 }, 1).RateAt(0, []),
            1e-9,
            0.1);

    [Fact]
    public void ConstantIsConstant() =>
        Assert.All(
            Enumerable.Range(0, 10),
            step => Assert.Equal(0.3, new LearningRateSchedule(new TrainingOptions { LearningRate = 0.3 }, 10).RateAt(step, [])));

    [Theory]
    [InlineData(ScheduleKind.Step)]
    [InlineData(ScheduleKind.Cosine)]
    [InlineData(ScheduleKind.OneCycle)]
    public void MoreUpdatesThanAnInt32CountsHaveTheirRates(ScheduleKind kind)
    {
        var options = new TrainingOptions
        {
            Schedule = kind, LearningRate = 1, Epochs = 1 << 16, DecayEpochs = kind == ScheduleKind.Step ? 1 << 16 : null
        };
        var schedule = new LearningRateSchedule(options, 1 << 16);
        Assert.Equal(kind == ScheduleKind.OneCycle ? 0.04 : 1, schedule.RateAt(0, []), 1e-12);
        Assert.Equal(kind switch { ScheduleKind.Step => 1, ScheduleKind.Cosine => 0.5, _ => 0.8117 }, schedule.RateAt(1L << 31, []), 1e-4);
    }

    private static List<EpochRecord> Epochs(IEnumerable<double> losses) =>
        [.. losses.Select((loss, index) => new EpochRecord(index + 1, 1, 0, 0, loss, 0, 0, 0))];

    private static List<double> Rates(JsonElement @case) =>
        [.. @case.GetProperty("rates").EnumerateArray().Select(rate => rate.GetDouble())];
}
