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
    Keyspace keyspace, Partition partition, string consumer, IReadOnlyList<ConcurrencyControl> controls, SessionContext context,
    Signal signal, TimeProvider timeProvider)
{
    /// <summary>The message to all consumers that says that something was set, or that there is more to share.</summary>
    public const string Announcement = "#";

    // How long a consumer is remembered that does not report.
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(1);

    // Any client of the server may send messages: so many are answered at most.
    private static readonly TimeSpan BetweenReports = TimeSpan.FromMilliseconds(100);

    private readonly string _started = Text(keyspace.HostMs);
    private long? _offset;

    // A share is kept for a consumer that does not report for as long as others wait for what it has claimed.
    private TimeSpan Lease => keyspace.Options.LeaseDuration;

    private bool IsShared => controls.Any(static control => control.IsSet);

    private IEnumerable<DeliveryQueue> Queues => controls.Select(static control => control.Queue);

    /// <summary>
    /// Gets for how long a consumer relies on its share if it cannot report. It reports each quarter of the time for which others leave the
    /// share to it, gives each report another quarter, and looks whether it may still rely on it whenever one has failed, and before each
    /// claim: so it notices before the others.
    /// </summary>
    public static TimeSpan TrustOf(RedisTriggersOptions options) => options.LeaseDuration / 2;

    /// <summary>Says that something may have been set, or that this process may hold less than its last report says.</summary>
    public void Wake() => signal.Set();

    /// <summary>Reports for the first time.</summary>
    /// <exception cref="StoreUnavailableException">The report was not confirmed in time.</exception>
    public Task BeginAsync(CancellationToken cancellationToken) => ReportAsync(
        Fields(),
        request => keyspace.Operations.ReadAsync("report a consumer", partition, request, keyspace.Begin(cancellationToken)));

    /// <summary>Goes on to report.</summary>
    public async Task RunAsync(CancellationToken drained)
    {
        // Who reports for the first time gets a share of what is left when others know of it.
        var pause = BetweenReports;
        while (!drained.IsCancellationRequested)
        {
            try
            {
                await signal.WaitAsync(pause, drained).ConfigureAwait(false);
                pause = await TryReportAsync(Fields(), drained).ConfigureAwait(false)
                    ? Pause(Interval, parts: 4) : Pause(PauseAfterFailure, parts: 10);
            }
            catch (Exception)
            {
                // The loop's edge: a log or a clock of the host that throws must not keep it from reporting for good.
                pause = Pause(PauseAfterFailure, parts: 10);
            }

            await SafeDelay.ForAsync(BetweenReports, TimeProvider.System, drained).ConfigureAwait(false);
        }

        await TryEndAsync().ConfigureAwait(false);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private TimeSpan Pause(TimeSpan most, int parts) => IsShared && Lease / parts < most ? Lease / parts : most;

    private async Task<bool> TryReportAsync((string Field, string Value)[] fields, CancellationToken cancellationToken)
    {
        try
        {
            await ReportAsync(fields, request => SendAsync(request, cancellationToken)).ConfigureAwait(false);
            return true;
        }
        catch (Exception)
        {
            // The loops report what is wrong with Redis. A consumer that cannot report looks as if it were gone, which others are to see.
            ReviewShares();
            return false;
        }
    }

    private async Task TryEndAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(ShutdownTimeout, timeProvider);
            await ReportAsync([], request => SendAsync(request, limit.Token)).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The loop's end: without this report, others get its share when its leases would have expired.
        }
    }

    private async Task<NotedConsumer> SendAsync(NoteConsumerRequest request, CancellationToken cancellationToken)
    {
        var noting = keyspace.Scripts.RunAsync(request).AsTask();
        RedisFailures.Forget(noting);
        return await noting.WaitAsync(IsShared ? Lease / 4 : Timeout.InfiniteTimeSpan, timeProvider, cancellationToken)
            .ConfigureAwait(false);
    }

    private async Task ReportAsync((string Field, string Value)[] fields, Func<NoteConsumerRequest, Task<NotedConsumer>> send)
    {
        var asked = timeProvider.GetTimestamp();
        var noted = await send(new NoteConsumerRequest
        {
            Partition = partition,
            Now = keyspace.PinnedNow,
            Name = consumer,
            Silence = Silence,
            Lasts = Lease,
            Groups = [.. controls.Select(Describe)],
            Turns = context.Turns.For(partition.Index),
            Fields = fields,
        }).ConfigureAwait(false);
        _offset = keyspace.HostMs - noted.Now;
        context.Turns.Note(partition.Index, noted.Now);
        var isChanged = false;
        foreach (var (control, (stored, share)) in controls.Zip(noted.Shares))
        {
            isChanged |= control.Note(partition.Index, asked, stored, share);
        }

        if (isChanged)
        {
            context.SharesChanged();
        }
    }

    private (string Name, int Wanted, int Held, int Allowed) Describe(ConcurrencyControl control)
    {
        var (held, allowed) = control.Report(partition.Index);
        return (control.Queue.Group, control.Wanted, held, allowed);
    }

    private void ReviewShares()
    {
        foreach (var control in controls)
        {
            control.Review();
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
