using System.Globalization;
using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics.Telemetry;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Stores;

namespace EventTriggers.Consuming;

/// <summary>
/// Reports in one partition that this consumer is there, and what it is doing, until everything is drained; and hears its share of what
/// operators have set for its groups. It reports at once when it is told that its share may be another one.
/// </summary>
internal sealed class PresenceLoop(
    Keyspace keyspace, Partition partition, string consumer, IReadOnlyList<ConcurrencyControl> controls, Signal signal,
    TimeProvider timeProvider)
{
    /// <summary>The message to all consumers that says that something was set, or that there is more to share.</summary>
    public const string Announcement = "#";

    /// <summary>How long a consumer is remembered that does not report.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(1);

    // Any client of the server may send messages: so many are answered at most.
    private static readonly TimeSpan BetweenReports = TimeSpan.FromMilliseconds(100);

    private readonly string _started = Text(keyspace.HostMs);
    private long? _offset;

    // How long a share is kept for a consumer that does not report: as long as others wait for what it has claimed.
    private TimeSpan Lease => keyspace.Options.LeaseDuration;

    private bool IsShared => controls.Any(static control => control.IsSet);

    private IEnumerable<DeliveryQueue> Queues => controls.Select(static control => control.Queue);

    /// <summary>Says that something may have been set, or that this process may hold less than its last report says.</summary>
    public void Wake() => signal.Set();

    /// <summary>Reports once, and once more with the numbers that the first report has changed.</summary>
    /// <returns>When to report again.</returns>
    public async Task<TimeSpan> ReportAsync(CancellationToken cancellationToken)
    {
        var isChanged = await TryReportAsync(Fields(), cancellationToken).ConfigureAwait(false);
        if (isChanged == true)
        {
            isChanged = await TryReportAsync(Fields(), cancellationToken).ConfigureAwait(false);
        }

        return isChanged switch
        {
            null => PauseAfterFailure,
            true => TimeSpan.Zero,
            false => IsShared && Lease / 3 < Interval ? Lease / 3 : Interval,
        };
    }

    /// <summary>Goes on to report, after the first report.</summary>
    /// <param name="first">When to report again, as the first report says.</param>
    /// <param name="drained">Ends it.</param>
    public async Task RunAsync(TimeSpan first, CancellationToken drained)
    {
        var pause = first;
        while (!drained.IsCancellationRequested)
        {
            await signal.WaitAsync(pause, drained).ConfigureAwait(false);
            pause = await ReportAsync(drained).ConfigureAwait(false);
            await SafeDelay.ForAsync(BetweenReports, TimeProvider.System, drained).ConfigureAwait(false);
        }

        using var limit = new CancellationTokenSource(ShutdownTimeout, timeProvider);
        await TryReportAsync([], limit.Token).ConfigureAwait(false);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    // Answers whether another number of workers is obeyed from now on; null if it could not report.
    private async Task<bool?> TryReportAsync((string Field, string Value)[] fields, CancellationToken cancellationToken)
    {
        try
        {
            var noted = await keyspace.Scripts.RunAsync(new NoteConsumerRequest
            {
                Partition = partition,
                Now = keyspace.PinnedNow,
                Name = consumer,
                Silence = IsShared && Lease > Silence ? Lease : Silence,
                Lease = Lease,
                Groups = controls.Select(static control => (control.Queue.Group, control.Configured, control.Held)),
                Fields = fields,
            }).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
            _offset = keyspace.HostMs - noted.Now;
            var isChanged = false;
            foreach (var (control, (stored, share)) in controls.Zip(noted.Shares))
            {
                isChanged |= control.Note(partition.Index, stored, share);
            }

            return isChanged;
        }
        catch (Exception)
        {
            // The loops report what is wrong with Redis. A consumer that cannot report looks as if it were gone, which others are to see.
            return null;
        }
    }

    private (string Field, string Value)[] Fields() =>
    [
        ("machine", Environment.MachineName),
        ("process", Text(Environment.ProcessId)),
        ("version", TelemetrySource.Version),
        ("started", _started),
        ("offset", _offset is { } offset ? Text(offset) : string.Empty),
        ("groups", string.Join('|', Queues.Select(static queue =>
            string.Create(CultureInfo.InvariantCulture, $"{queue.Group} {queue.Concurrency} {queue.BusyWorkers}")))),
        ("batches", ConsumerHash.Write(Queues.SelectMany(static queue => queue.Batches.Select(one => (queue.Group, one))))),
    ];
}
