using PSTransfer.Core.Tests.Freezing;
using PSTransfer.Core.Training;
using Xunit;

namespace PSTransfer.Core.Tests.Training;

public sealed class LearningRateScheduleTests
{
    [Fact]
    public void OneCycleEqualsPyTorchs()
    {
        foreach (var @case in Fixture.Read("training/onecycle.json").EnumerateArray())
        {
            var (highest, steps) = (@case.GetProperty("highest").GetDouble(), @case.GetProperty("steps").GetInt32());
            var expected = @case.GetProperty("rates").EnumerateArray().Select(rate => rate.GetDouble()).ToList();
            var actual = Enumerable.Range(0, steps).Select(step => LearningRateSchedule.RateAt(ScheduleKind.OneCycle, highest, step, steps)).ToList();
            Assert.Equal(expected, actual, (a, b) => Math.Abs(a - b) <= 1e-12 * highest);
        }
    }

    [Fact]
    public void OneStepHasARateToo() => Assert.InRange(LearningRateSchedule.RateAt(ScheduleKind.OneCycle, 0.1, 0, 1), 1e-9, 0.1);

    [Fact]
    public void ConstantIsConstant() =>
        Assert.All(Enumerable.Range(0, 10), step => Assert.Equal(0.3, LearningRateSchedule.RateAt(ScheduleKind.Constant, 0.3, step, 10)));
}
