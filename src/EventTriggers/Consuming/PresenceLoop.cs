using System.Globalization;
using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics.Telemetry;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Consuming;

/// <summary>Reports in one partition that this consumer is there, and what it is doing, until everything is drained.</summary>
internal sealed class PresenceLoop(
    Keyspace keyspace, Partition partition, string consumer, IReadOnlyList<DeliveryQueue> queues, TimeProvider timeProvider)
{
    /// <summary>How long a consumer is remembered that does not report.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(1);

    private readonly string _started = Text(keyspace.HostMs);
    private long? _offset;

    public async Task RunAsync(CancellationToken drained)
    {
        while (!drained.IsCancellationRequested)
        {
            await TryReportAsync(Fields(), drained).ConfigureAwait(false);
            await SafeDelay.ForAsync(Interval, timeProvider, drained).ConfigureAwait(false);
        }

        using var limit = new CancellationTokenSource(ShutdownTimeout, timeProvider);
        await TryReportAsync([], limit.Token).ConfigureAwait(false);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private async Task TryReportAsync((string Field, string Value)[] fields, CancellationToken cancellationToken)
    {
        try
        {
            var now = await keyspace.Scripts.RunAsync(new NoteConsumerRequest
            {
                Partition = partition,
                Now = keyspace.PinnedNow,
                Name = consumer,
                Silence = Silence,
                Fields = fields,
            }).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
            _offset = keyspace.HostMs - now;
        }
        catch (Exception)
        {
            // The loops report what is wrong with Redis. A consumer that cannot report looks as if it were gone, which others are to see.
        }
    }

    private (string Field, string Value)[] Fields() =>
    [
        ("machine", Environment.MachineName),
        ("process", Text(Environment.ProcessId)),
        ("version", TelemetrySource.Version),
        ("started", _started),
        ("offset", _offset is { } offset ? Text(offset) : string.Empty),
        ("groups", string.Join('|', queues.Select(static queue =>
            string.Create(CultureInfo.InvariantCulture, $"{queue.Group} {queue.Concurrency} {queue.BusyWorkers}")))),
    ];
}
