using System.Diagnostics;
using System.Diagnostics.Metrics;
using EventTriggers.Diagnostics.Telemetry;

namespace EventTriggers.Tests.Diagnostics.Telemetry;

/// <summary>What a listener throws reaches neither a publish, nor a handler, nor the loop.</summary>
[Collection(TelemetryCollection.Name)]
public sealed class HostileListenerTests(RedisFixture redis)
{
    public static TheoryData<string> Moments => ["sample", "start", "stop"];

    [Theory]
    [MemberData(nameof(Moments))]
    public async Task ASpanListener_ThatThrows_AffectsNothing(string when)
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "EventTriggers",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => Throw(when == "sample", ActivitySamplingResult.AllDataAndRecorded),
            ActivityStarted = _ => Throw(when == "start", 0),
            ActivityStopped = _ => Throw(when == "stop", 0),
        };
        ActivitySource.AddActivityListener(listener);

        await EverythingHappensAsync();
    }

    [Fact]
    public async Task AMetricsListener_ThatThrows_AffectsNothing()
    {
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, self) =>
            {
                if (instrument.Meter.Name == "EventTriggers")
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        var measured = 0;
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => Throw(Interlocked.Increment(ref measured) > 0, 0));
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => Throw(Interlocked.Increment(ref measured) > 0, 0));
        listener.Start();

        await EverythingHappensAsync();
        measured.Should().BeGreaterThan(10, "it was called");
    }

    [Fact]
    public void AListener_ThatThrowsWhenItIsTold_LeavesAProcessWithoutTelemetry()
    {
        using var spans = new ActivityListener { ShouldListenTo = static source => Throw(source.Name == "EventTriggers", false) };
        using var metrics = new MeterListener { InstrumentPublished = static (instrument, _) => Throw(instrument.Name == "test.told", 0) };
        metrics.Start();
        FluentActions.Invoking(() => ActivitySource.AddActivityListener(spans)).Should().Throw<NotSupportedException>();

        var counter = new GuardedCounter("test.told", "1", "Tells.");
        var histogram = new GuardedHistogram("test.told", "Tells.", [1]);
        counter.Add(1, []);
        histogram.Record(TimeSpan.Zero, []);

        (counter.Enabled, histogram.Enabled).Should().Be((false, false));
        TelemetrySource.Create().Should().BeNull();
    }

    [Fact]
    public void AnEndedSpan_IsNotTheCurrentOne_EvenIfAListenerThrew()
    {
        using var request = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "EventTriggers",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = static _ => Throw(isTime: true, 0),
        };
        ActivitySource.AddActivityListener(listener);

        Spans.Stop(Spans.Start("publish", ActivityKind.Producer, []));

        Activity.Current.Should().BeSameAs(request);
    }

    // .NET makes a span the current one before it tells listeners of it.
    [Fact]
    public void ASpan_WhoseListenerThrowsAtItsStart_IsNotTheCurrentOne()
    {
        using var request = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "EventTriggers",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = static _ => Throw(isTime: true, 0),
        };
        ActivitySource.AddActivityListener(listener);

        Spans.Start("publish", ActivityKind.Producer, []).Should().BeNull();

        Activity.Current.Should().BeSameAs(request);
    }

    [Fact]
    public void ADiscardedSpan_IsNotRecorded()
    {
        using var listener = new Listener();
        var span = Spans.Start("fire on", ActivityKind.Internal, [])!;

        Spans.Discard(span);

        (span.IsStopped, span.Recorded, listener.Spans.Count).Should().Be((true, false, 0));
    }

    private static T Throw<T>(bool isTime, T otherwise) =>
        isTime ? throw new NotSupportedException("The listener fails.") : otherwise;

    private async Task EverythingHappensAsync()
    {
        using var request = Listener.Own.StartActivity("request");
        var before = Activity.Current;
        await EverythingScene.RunAsync(redis, static () => Task.CompletedTask);
        Activity.Current.Should().BeSameAs(before);
    }
}
